// Oracle verifies a Skykeep log with Go's own golang.org/x/mod/sumdb/{note,tlog}, not a line of ours.
//
//	oracle log <directory> <vkey> [<older signed checkpoint>]   every entry, through the tiles, and consistency
//	oracle proof <file.tlog-proof> <vkey> <entry in hex>        one proof, made by us
//	oracle consistency <file> <vkey>                            old checkpoint NUL new checkpoint NUL hashes
//
// It exits with 0 and a line on stdout if all holds, with 1 and the reason on stderr if not.
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func openCheckpoint(data []byte, vkey string) tlog.Tree {
	verifier, err := note.NewVerifier(vkey)
	fail(err)
	opened, err := note.Open(data, note.VerifierList(verifier))
	fail(err)
	lines := strings.Split(opened.Text, "\n")
	if lines[0] != verifier.Name() {
		fail(fmt.Errorf("origin is %q", lines[0]))
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	fail(err)
	hash, err := tlog.ParseHash(lines[2])
	fail(err)
	return tlog.Tree{N: size, Hash: hash}
}

// files reads tiles of height 8 from C2SP's paths, which leave that height out.
type files struct{ directory string }

func (f files) Height() int                     { return 8 }
func (f files) SaveTiles([]tlog.Tile, [][]byte) {}
func (f files) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range tiles {
		path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		data, err := os.ReadFile(filepath.Join(f.directory, path))
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}

func entries(directory string, size int64) [][]byte {
	var all [][]byte
	for n := int64(0); n*256 < size; n++ {
		tile := tlog.Tile{H: 8, L: 0, N: n, W: 256}
		if size-n*256 < 256 {
			tile.W = int(size - n*256)
		}
		path := strings.Replace(tile.Path(), "tile/8/0/", "tile/entries/", 1)
		data, err := os.ReadFile(filepath.Join(directory, path))
		fail(err)
		for len(data) > 1 {
			length := int(binary.BigEndian.Uint16(data))
			if 2+length > len(data) {
				fail(fmt.Errorf("%s: an entry of %d bytes is cut", path, length))
			}
			all = append(all, data[2:2+length])
			data = data[2+length:]
		}
	}
	return all
}

func checkLog(directory, vkey string, older []byte) {
	signed, err := os.ReadFile(filepath.Join(directory, "checkpoint"))
	fail(err)
	tree := openCheckpoint(signed, vkey)
	reader := tlog.TileHashReader(tree, files{directory})
	all := entries(directory, tree.N)
	if int64(len(all)) != tree.N {
		fail(fmt.Errorf("%d entries, checkpoint says %d", len(all), tree.N))
	}
	for i, entry := range all {
		proof, err := tlog.ProveRecord(tree.N, int64(i), reader)
		fail(err)
		fail(tlog.CheckRecord(proof, tree.N, tree.Hash, int64(i), tlog.RecordHash(entry)))
	}
	if older != nil {
		old := openCheckpoint(older, vkey)
		proof, err := tlog.ProveTree(tree.N, old.N, reader)
		fail(err)
		fail(tlog.CheckTree(proof, tree.N, tree.Hash, old.N, old.Hash))
	}
	fmt.Printf("%d entries hold\n", tree.N)
}

func hashes(lines []string) []tlog.Hash {
	var all []tlog.Hash
	for _, line := range lines {
		raw, err := base64.StdEncoding.DecodeString(line)
		fail(err)
		var hash tlog.Hash
		copy(hash[:], raw)
		all = append(all, hash)
	}
	return all
}

func checkProof(data []byte, vkey, entryHex string) {
	parts := bytes.SplitN(data, []byte("\n\n"), 2)
	tree := openCheckpoint(parts[1], vkey)
	lines := strings.Split(string(parts[0]), "\n")[1:]
	if strings.HasPrefix(lines[0], "extra ") {
		lines = lines[1:]
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[0], "index "), 10, 64)
	fail(err)
	entry, err := hex.DecodeString(entryHex)
	fail(err)
	fail(tlog.CheckRecord(hashes(lines[1:]), tree.N, tree.Hash, index, tlog.RecordHash(entry)))
	fmt.Printf("entry %d of %d holds\n", index, tree.N)
}

func checkConsistency(data []byte, vkey string) {
	parts := bytes.SplitN(data, []byte{0}, 3)
	old, tree := openCheckpoint(parts[0], vkey), openCheckpoint(parts[1], vkey)
	fail(tlog.CheckTree(hashes(strings.Fields(string(parts[2]))), tree.N, tree.Hash, old.N, old.Hash))
	fmt.Printf("%d extends %d\n", tree.N, old.N)
}

func main() {
	switch os.Args[1] {
	case "log":
		var older []byte
		if len(os.Args) > 4 {
			data, err := os.ReadFile(os.Args[4])
			fail(err)
			older = data
		}
		checkLog(os.Args[2], os.Args[3], older)
	case "proof":
		data, err := os.ReadFile(os.Args[2])
		fail(err)
		checkProof(data, os.Args[3], os.Args[4])
	case "consistency":
		data, err := os.ReadFile(os.Args[2])
		fail(err)
		checkConsistency(data, os.Args[3])
	}
}
