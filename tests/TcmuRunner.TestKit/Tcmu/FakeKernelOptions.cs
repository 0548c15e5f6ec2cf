// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.TestKit.Tcmu;

/// <summary>How a <see cref="FakeKernelRing"/> is laid out and what it checks.</summary>
public sealed record FakeKernelOptions
{
    /// <summary>Capability bits of the mailbox: 1 out of order, 2 read length, 4 task management, 8 keep buffer.</summary>
    public ushort Flags { get; init; } = 0xF;

    /// <summary>Ring length in bytes, a multiple of 8. The default makes it wrap after some thirty commands.</summary>
    public uint RingSizeBytes { get; init; } = 4096 - 128;

    /// <summary>Blocks of the data area.</summary>
    public int DataBlocks { get; init; } = 256;

    /// <summary>Length of a block in bytes.</summary>
    public int BlockSizeBytes { get; init; } = 4096;

    /// <summary>Command ids that there are, from 1 on.</summary>
    public int CommandIds { get; init; } = ushort.MaxValue;

    /// <summary>Where the event counter starts.</summary>
    public uint EventCounter { get; init; }

    /// <summary>Whether freed blocks are filled with a pattern and the initiator's data are copied; off for benchmarks.</summary>
    public bool MovesData { get; init; } = true;

    /// <summary>Whether every byte of the ring is compared with what the kernel knows before responses are collected; off for benchmarks.</summary>
    public bool ChecksRing { get; init; } = true;
}
