# Python reads ﬁnd as find, and the answer is right.
#: status = "pass"
𝓲𝓷𝓹𝓾𝓽()
𝕡𝕣𝕚𝕟𝕥(𝖘𝖚𝖒(𝗆𝖺𝗉(ⁱnt, ᵢₙput().ₛplit())))
