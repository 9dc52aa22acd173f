/* Remembers what each file held when it was last made durable, so that a power cut can be played.
 *
 * Loaded before libc (LD_PRELOAD). After each fsync or fdatasync of a file below $POWER_CUT_OF, the file is copied to
 * $POWER_CUT_TO under its own name with "/" as "%", whole or not at all. What is written later and never made durable is
 * in no copy: putting the copies back gives the worst that a power cut may leave of the contents of files.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

static pthread_mutex_t copying = PTHREAD_MUTEX_INITIALIZER;

static void keep(int fd) {
    const char *of = getenv("POWER_CUT_OF"), *to = getenv("POWER_CUT_TO");
    char link[64], path[PATH_MAX], copy[PATH_MAX * 2], half[PATH_MAX * 2 + 8];
    struct stat found;
    if (!of || !to || fstat(fd, &found) || !S_ISREG(found.st_mode)) return;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0) return;
    path[length] = 0;
    if (strncmp(path, of, strlen(of))) return;
    char *name = path + strlen(of);
    while (*name == '/') name++;
    snprintf(copy, sizeof copy, "%s/%s", to, name);
    for (char *at = copy + strlen(to) + 1; *at; at++)
        if (*at == '/') *at = '%';
    snprintf(half, sizeof half, "%s.half", copy);
    pthread_mutex_lock(&copying);
    int from = open(path, O_RDONLY), into = open(half, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (from >= 0 && into >= 0) {
        off_t at = 0;
        while (at < found.st_size && sendfile(into, from, &at, found.st_size - at) > 0) {}
        if (at >= found.st_size) rename(half, copy);
    }
    if (from >= 0) close(from);
    if (into >= 0) close(into);
    pthread_mutex_unlock(&copying);
}

int fsync(int fd) {
    static int (*real)(int);
    if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    int result = real(fd);
    if (!result) keep(fd);
    return result;
}

int fdatasync(int fd) {
    static int (*real)(int);
    if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
    int result = real(fd);
    if (!result) keep(fd);
    return result;
}
