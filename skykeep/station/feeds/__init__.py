"""How bytes of sensors reach a running station: sockets, brokers and files, each a feed by name."""
