"""What compiled operations are made of.

record      `@kernel`, `@inline`, `@word`, `@hole`: remember functions; nothing here imports the compiler
words       the vector vocabulary, as kernels write it
table       buffers in two arenas; rows of operations
library     compiles kernels at their first use, and runs tables
cache       the private folder of compiled kernels

Behind the door (`llvm`), imported at the first compilation: emit, functions, vectors, memory, control, tiles.
"""
