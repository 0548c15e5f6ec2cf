// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Handlers.Qcow.Engine;

/// <summary>What a piece of the disk is in one image of a chain.</summary>
internal enum RunKind : byte
{
    /// <summary>Nothing here: the backing file decides, or it reads as zeros without one.</summary>
    Unallocated = 0,

    /// <summary>Reads as zeros, whatever the backing file holds.</summary>
    Zero = 1,

    /// <summary>Plain data at a host offset.</summary>
    Data = 2,

    /// <summary>One compressed cluster.</summary>
    Compressed = 3,

    /// <summary>The mapping is damaged.</summary>
    Invalid = 4,
}

/// <summary>A piece of the disk in one state.</summary>
/// <param name="Kind">The state.</param>
/// <param name="LengthBytes">How long it is.</param>
/// <param name="HostOffset">Data: where it starts in the data file.</param>
/// <param name="IsCopied">Data: whether nobody else refers to it, so that it may be written in place.</param>
/// <param name="Word">The L2 entry of its first cluster.</param>
internal readonly record struct Run(RunKind Kind, long LengthBytes, long HostOffset, bool IsCopied, ulong Word);

/// <summary>Host clusters in a row.</summary>
/// <param name="First">The first one's number.</param>
/// <param name="Count">How many.</param>
/// <param name="IsZero">Whether they are known to hold only zeros, also after a power cut.</param>
internal readonly record struct ClusterRun(long First, long Count, bool IsZero);
