// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Scsi;

/// <summary>How far a copy is, kept for RECEIVE COPY RESULTS (SPC-4 6.24.2). Written by the copy, read by anybody.</summary>
/// <param name="nexus">Whose copy it is: list identifiers are per nexus.</param>
/// <param name="listIdentifier">Its LIST IDENTIFIER.</param>
internal sealed class CopyResult(ItNexus nexus, byte listIdentifier)
{
    public const byte InProgress = 0x00;
    public const byte Succeeded = 0x01;
    public const byte Failed = 0x02;

    private int _status;
    private int _segments;
    private long _bytes;

    /// <summary>COPY MANAGER STATUS.</summary>
    public byte Status
    {
        get => (byte)Volatile.Read(ref _status);
        set => Volatile.Write(ref _status, value);
    }

    /// <summary>SEGMENTS PROCESSED.</summary>
    public int Segments
    {
        get => Volatile.Read(ref _segments);
        set => Volatile.Write(ref _segments, value);
    }

    /// <summary>Bytes transferred.</summary>
    public long Bytes
    {
        get => Volatile.Read(ref _bytes);
        set => Volatile.Write(ref _bytes, value);
    }

    /// <summary>Whether it is that nexus's copy of that name.</summary>
    public bool IsNamed(ItNexus byNexus, byte identifier) => ReferenceEquals(nexus, byNexus) && listIdentifier == identifier;

    /// <summary>Whether it is that nexus's.</summary>
    public bool IsOf(ItNexus byNexus) => ReferenceEquals(nexus, byNexus);
}
