#: status = "pass"
import logging
import warnings

logging.basicConfig(level=logging.DEBUG)
warnings.warn("this is old", stacklevel=1)
logging.info("reading")
input()
print(sum(map(int, input().split())))
