"""Dies in the way that its argument names."""
import ctypes
import socket
import sys

death = sys.argv[1]
print("starting", death, flush=True)
if death == "exception":
    {"a": 1}["price"]
elif death == "module":
    import flask_of_no_such_name
elif death == "message":
    sys.exit("cannot read settings: no section [database]")
elif death == "segv":
    ctypes.string_at(0)
elif death == "port":
    socket.create_server(("127.0.0.1", 8080))
