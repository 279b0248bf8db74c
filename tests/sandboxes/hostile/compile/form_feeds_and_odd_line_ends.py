#: status = "pass"
input()if True:
    
    print(sum(map(int, input().split())))

