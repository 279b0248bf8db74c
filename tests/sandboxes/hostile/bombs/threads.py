#: status = ["runtime_error", "memory_limit"]
#: cases = [["", "1"]]
#: limits = { wall_s = 5, processes = 40 }
#: says = "can't start new thread"
import threading
import time

threads = []
while True:
    threads.append(threading.Thread(target=time.sleep, args=(30,), daemon=True))
    threads[-1].start()
