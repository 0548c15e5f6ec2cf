// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Io.Files;

/// <summary>How an operation passes the <see cref="DirectWriteGate"/>.</summary>
internal enum FileAccessMode
{
    /// <summary>Not at all: it changes nothing, or the file is not direct.</summary>
    None,

    /// <summary>Together with others: it changes whole blocks only.</summary>
    Shared,

    /// <summary>Alone: it reads blocks and writes them back.</summary>
    Exclusive,
}
