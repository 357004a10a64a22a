#if canImport(Glibc)
    import Glibc
#else
    import Musl
#endif

// The calls of the C library whose names the types of this folder use for methods of their own.

func readBytes(_ file: Int32, _ buffer: UnsafeMutableRawPointer?, _ count: Int) -> Int { read(file, buffer, count) }
func writeBytes(_ file: Int32, _ buffer: UnsafeRawPointer?, _ count: Int) -> Int { write(file, buffer, count) }
func renameFile(_ path: String, _ newPath: String) -> Int32 { rename(path, newPath) }
