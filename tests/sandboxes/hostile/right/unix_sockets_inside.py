#: status = "pass"
import socket
import threading

input()
line = input()
server = socket.socket(socket.AF_UNIX)
server.bind("\0adder")
server.listen()


def serve():
    connection, _ = server.accept()
    with connection:
        connection.sendall(str(sum(map(int, connection.recv(1000).split()))).encode())


threading.Thread(target=serve).start()
with socket.socket(socket.AF_UNIX) as client:
    client.connect("\0adder")
    client.sendall(line.encode())
    print(client.recv(1000).decode())
