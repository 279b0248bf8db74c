#: status = "compile_error"
#: says = "too many"
<blocks>
