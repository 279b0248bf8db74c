# What stands in a finally clause is compiled twice, what stands in two of them four times, and so on.
#: status = "compile_error"
#: says = "the Python compiler gave up"
def a():
<finally>                   x = 1
def b():
<finally>                   x = 1
def c():
<finally>                   x = 1
def d():
<finally>                   x = 1
def e():
<finally>                   x = 1
def f():
<finally>                   x = 1
def g():
<finally>                   x = 1
def h():
<finally>                   x = 1
def i():
<finally>                   x = 1
def j():
<finally>                   x = 1
def k():
<finally>                   x = 1
def l():
<finally>                   x = 1
def m():
<finally>                   x = 1
def n():
<finally>                   x = 1
def o():
<finally>                   x = 1
def p():
<finally>                   x = 1
def q():
<finally>                   x = 1
def r():
<finally>                   x = 1
