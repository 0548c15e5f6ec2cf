// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Iscsi.Sessions;

/// <summary>Which part of a PDU is expected.</summary>
internal enum ReceiveStep : byte
{
    /// <summary>Header segments and their digest.</summary>
    Header = 0,

    /// <summary>The data segment.</summary>
    Data = 1,

    /// <summary>Padding and digest of the data.</summary>
    Trailer = 2,
}
