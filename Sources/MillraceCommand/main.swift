import CommandLine

// The program: everything else is the command tree, one file a command.
await Program(CommandTree.root, version: MillraceVersion.text).main()
