#: status = "compile_error"
#: says = "rror"
x = <signs>1
