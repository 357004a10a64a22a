// The pure part of Millrace under one name: values, machines and files, without Kafka and without a network. It is four
// modules, so that compilers work on them beside each other; who uses them need not know which is which.

@_exported public import MillraceCore
@_exported public import MillraceLearning
@_exported public import MillraceOverview
@_exported public import MillraceStream
