#: status = "compile_error"
#: says = "too many nested"
x = <nested>
