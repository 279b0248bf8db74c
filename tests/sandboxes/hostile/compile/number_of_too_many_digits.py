#: status = "compile_error"
#: says = "digits"
x = <digits>
