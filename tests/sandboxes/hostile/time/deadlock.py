#: status = "time_limit"
#: cases = [["", "1"]]
#: limits = { wall_s = 0.5 }
#: says = "ran for more than"
import threading

lock = threading.Lock()
lock.acquire()
threading.Thread(target=lock.acquire).start()
