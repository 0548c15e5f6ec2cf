// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace TcmuRunner.Scsi;

/// <summary>
/// The name of an initiator port as SCSI commands carry it (SPC-5 7.6.4, TransportID). Two of the same port are equal, however they were
/// spelled. Immutable.
/// </summary>
public sealed class TransportId : IEquatable<TransportId>
{
    /// <summary>Length of every TransportID but those of iSCSI, in bytes.</summary>
    private const int FixedLength = 24;
    private const int HeaderLength = 4;
    private const int ShortestIscsiName = 20;
    private const int LongestIscsiName = 244;
    private const byte IscsiProtocol = 0x05;
    private const byte IscsiPort = 0x40;
    private const string Separator = ",i,0x";

    private readonly byte[] _bytes;
    private readonly int _hashCode;

    private TransportId(byte[] bytes, string? iscsiName, bool isWholeDevice)
    {
        _bytes = bytes;
        IscsiName = iscsiName;
        IsWholeDevice = isWholeDevice;
        var hash = default(HashCode);
        hash.AddBytes(bytes);
        _hashCode = hash.ToHashCode();
    }

    /// <summary>The TransportID, as long as it is.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>The protocol identifier (SPC-5 7.6.1), 5 for iSCSI.</summary>
    public int ProtocolId => _bytes[0] & 0x0F;

    /// <summary>The iSCSI initiator's name, or null for another protocol.</summary>
    private string? IscsiName { get; }

    /// <summary>Whether it names an iSCSI initiator without a session: all of its ports.</summary>
    private bool IsWholeDevice { get; }

    /// <summary>Names the initiator port of an iSCSI session (SPC-5 7.6.4.6, format 01b).</summary>
    /// <param name="initiatorName">The initiator's iSCSI name, 1 to 223 bytes.</param>
    /// <param name="isid">The initiator part of the session id: 6 bytes.</param>
    /// <exception cref="ArgumentException">The name or the session id has another length.</exception>
    public static TransportId ForIscsi(string initiatorName, ReadOnlySpan<byte> isid)
    {
        ArgumentException.ThrowIfNullOrEmpty(initiatorName);
        return isid.Length == 6 && Encoding.UTF8.GetByteCount(initiatorName) <= 223
            ? Iscsi(initiatorName, Convert.ToHexStringLower(isid))
            : throw new ArgumentException($"'{initiatorName}' with {isid.Length} bytes of ISID is no iSCSI initiator port.", nameof(initiatorName));
    }

    /// <summary>Reads the TransportID at the start of a list: untrusted.</summary>
    /// <param name="list">The bytes.</param>
    /// <param name="transportId">The port.</param>
    /// <param name="length">How many bytes it takes.</param>
    public static bool TryParse(ReadOnlySpan<byte> list, [NotNullWhen(true)] out TransportId? transportId, out int length)
    {
        transportId = null;
        length = FixedLength;
        if (list.Length < FixedLength)
        {
            return false;
        }

        if ((list[0] & 0x0F) != IscsiProtocol)
        {
            transportId = (list[0] & 0xC0) == 0 ? new TransportId(list[..FixedLength].ToArray(), null, false) : null;
            return transportId is not null;
        }

        int nameLength = BinaryPrimitives.ReadUInt16BigEndian(list[2..]);
        length = HeaderLength + nameLength;
        if (nameLength is < ShortestIscsiName or > LongestIscsiName || nameLength % 4 != 0 || length > list.Length)
        {
            return false;
        }

        transportId = ParseIscsi(list[0], list.Slice(HeaderLength, nameLength));
        return transportId is not null;
    }

    /// <summary>Whether it names that port: itself, or all ports of its initiator.</summary>
    public bool Covers(TransportId other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return IsWholeDevice ? string.Equals(IscsiName, other.IscsiName, StringComparison.Ordinal) : Equals(other);
    }

    /// <inheritdoc/>
    public bool Equals(TransportId? other) =>
        ReferenceEquals(this, other) || (other is not null && _hashCode == other._hashCode && _bytes.AsSpan().SequenceEqual(other._bytes));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as TransportId);

    /// <inheritdoc/>
    public override int GetHashCode() => _hashCode;

    /// <inheritdoc/>
    public override string ToString() =>
        IscsiName is null ? Convert.ToHexString(_bytes) : Encoding.UTF8.GetString(_bytes.AsSpan(HeaderLength)).TrimEnd('\0');

    private static TransportId? ParseIscsi(byte format, ReadOnlySpan<byte> field)
    {
        // The name ends with at least one NUL, and nothing else follows it.
        int end = field.IndexOf((byte)0);
        if (end <= 0 || field[end..].ContainsAnyExcept((byte)0) || !Ascii.IsValid(field[..end]))
        {
            return null;
        }

        string text = Encoding.ASCII.GetString(field[..end]);
        int separator = text.IndexOf(Separator, StringComparison.Ordinal);
        return (format & 0xC0) switch
        {
            0 when separator < 0 => Iscsi(text, null),
            IscsiPort when separator > 0 && IsSessionId(text.AsSpan(separator + Separator.Length)) =>
                Iscsi(text[..separator], text[(separator + Separator.Length)..].ToLowerInvariant()),
            _ => null,
        };
    }

    private static bool IsSessionId(ReadOnlySpan<char> text)
    {
        foreach (char character in text)
        {
            if (!char.IsAsciiHexDigit(character))
            {
                return false;
            }
        }

        return text.Length == 12;
    }

    private static TransportId Iscsi(string name, string? sessionId)
    {
        string text = sessionId is null ? name : name + Separator + sessionId;
        int padded = Math.Max((Encoding.UTF8.GetByteCount(text) + 4) & ~3, ShortestIscsiName);
        byte[] bytes = new byte[HeaderLength + padded];
        bytes[0] = (byte)(IscsiProtocol | (sessionId is null ? 0 : IscsiPort));
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(2), (ushort)padded);
        Encoding.UTF8.GetBytes(text, bytes.AsSpan(HeaderLength));
        return new TransportId(bytes, name, sessionId is null);
    }
}
