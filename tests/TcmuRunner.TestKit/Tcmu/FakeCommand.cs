// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Scsi;

namespace TcmuRunner.TestKit.Tcmu;

/// <summary>A command as the kernel sees it. May be submitted again once it is completed.</summary>
public sealed class FakeCommand
{
    internal const int SenseBytes = 96;
    internal byte[] CdbBytes = [];
    internal byte[] OutBytes = [];
    internal byte[] InBytes = [];
    internal int[] Blocks = [];
    internal int BlockCount;
    internal int OutBlockCount;

    /// <summary>The kernel's tag while the command is on the ring.</summary>
    public ushort Id { get; internal set; }

    /// <summary>Which way its data go.</summary>
    public DataDirection Direction { get; internal set; }

    /// <summary>Bytes from the initiator; of both directions together one buffer, except for <see cref="DataDirection.Both"/>.</summary>
    public int OutLength { get; internal set; }

    /// <summary>Bytes that the initiator has room for.</summary>
    public int InLength { get; internal set; }

    /// <summary>Where it is.</summary>
    public FakeCommandState State { get; internal set; }

    /// <summary>SCSI status.</summary>
    public ScsiStatus Status { get; internal set; }

    /// <summary>Sense data; counts with CHECK CONDITION.</summary>
    public byte[] Sense { get; } = new byte[SenseBytes];

    /// <summary>How many bytes the initiator got.</summary>
    public int ReturnedLength { get; internal set; }

    /// <summary>What the initiator got.</summary>
    public ReadOnlySpan<byte> Returned => InBytes.AsSpan(0, ReturnedLength);

    /// <summary>How often it was answered; more than once is a bug.</summary>
    public int Completions { get; internal set; }

    /// <summary>Free for the test.</summary>
    public int Tag { get; set; }

    /// <summary>Sense key of the sense data.</summary>
    public SenseKey SenseKey => (SenseKey)(Sense[2] & 0xF);

    /// <summary>Additional sense code and qualifier of the sense data.</summary>
    public AdditionalSenseCode AdditionalSenseCode => (AdditionalSenseCode)((Sense[12] << 8) | Sense[13]);

    /// <summary>Whether the answer has come.</summary>
    public bool IsCompleted => State == FakeCommandState.Completed;
}
