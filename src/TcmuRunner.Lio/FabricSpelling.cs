// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Lio;

/// <summary>How a fabric's directories are called after its ports.</summary>
internal enum FabricSpelling
{
    /// <summary>As people write them.</summary>
    Plain = 0,

    /// <summary>Pairs of digits with colons between them, without <c>naa.</c></summary>
    Colons,

    /// <summary>Digits after <c>0x</c>, without <c>ib.</c></summary>
    Hexadecimal,

    /// <summary>Digits, without <c>eui.</c></summary>
    Digits,
}
