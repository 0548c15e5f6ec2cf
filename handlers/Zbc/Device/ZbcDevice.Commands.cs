// SPDX-License-Identifier: Apache-2.0
using System.Buffers;
using System.Buffers.Binary;
using TcmuRunner.Abstractions;

namespace TcmuRunner.Handlers.Zbc;

/// <content>Dispatch of the commands that are about zones.</content>
internal sealed partial class ZbcDevice
{
    private const byte FormatUnit = 0x04;
    private const byte ReceiveDiagnosticResults = 0x1C;
    private const byte Sanitize = 0x48;
    private const byte LogSense = 0x4D;
    private const byte ModeSelect10 = 0x55;
    private const byte ModeSense10 = 0x5A;
    private const byte VariableLength = 0x7F;
    private const byte ZoneManagementOut = 0x94;
    private const byte ZoneManagementIn = 0x95;
    private const int ServiceActionMask = 0x1F;

    public ValueTask<IoStatus> ExecuteZoneCommandAsync(IRawCommand command, CancellationToken cancellationToken)
    {
        ReadOnlySpan<byte> cdb = command.Cdb;
        return cdb[0] switch
        {
            ZoneManagementOut => ManageZonesAsync(command, cancellationToken),
            ZoneManagementIn => (cdb[1] & ServiceActionMask) switch
            {
                0x00 => ReportZones(command),
                0x06 when _hasDomains && _settings.HasRealms => ReportRealms(command),
                0x07 when _hasDomains => ReportZoneDomains(command),
                0x08 when _hasDomains => ActivateAsync(command, ActivationCdb.Read16(cdb), isQuery: false, cancellationToken),
                0x09 when _hasDomains => ActivateAsync(command, ActivationCdb.Read16(cdb), isQuery: true, cancellationToken),
                _ => Refuse(ZoneError.InvalidFieldInCdb),
            },
            VariableLength => VariableLengthAsync(command, cancellationToken),
            FormatUnit => EraseAsync(command, cancellationToken),
            Sanitize => SanitizeAsync(command, cancellationToken),
            LogSense => SenseLog(command),
            ModeSense10 => SenseMode(command),
            ModeSelect10 => SelectMode(command),
            ReceiveDiagnosticResults => ReceiveDiagnostic(command),
            _ => new(IoOutcome.NotSupported),
        };
    }

    private ValueTask<IoStatus> VariableLengthAsync(IRawCommand command, CancellationToken cancellationToken)
    {
        const byte lengthOf32 = 0x18;
        const int activate = 0xF800;
        const int query = 0xF801;
        ReadOnlySpan<byte> cdb = command.Cdb;
        int serviceAction = BinaryPrimitives.ReadUInt16BigEndian(cdb[8..]);
        if (serviceAction is not (activate or query))
        {
            return new(IoOutcome.NotSupported);
        }

        return _hasDomains && cdb[7] == lengthOf32
            ? ActivateAsync(command, ActivationCdb.Read32(cdb), serviceAction == query, cancellationToken)
            : Refuse(ZoneError.InvalidFieldInCdb);
    }

    private ValueTask<IoStatus> ManageZonesAsync(IRawCommand command, CancellationToken cancellationToken)
    {
        const int draftSequentialize = 0x05;
        const int sequentialize = 0x10;
        ReadOnlySpan<byte> cdb = command.Cdb;
        int serviceAction = cdb[1] & ServiceActionMask;
        ZoneAction? action = serviceAction switch
        {
            0x01 => ZoneAction.Close,
            0x02 => ZoneAction.Finish,
            0x03 => ZoneAction.Open,
            0x04 => ZoneAction.Reset,
            draftSequentialize when _settings.Dialect == Dialect.Draft5 => ZoneAction.Sequentialize,
            sequentialize when _settings.Dialect == Dialect.Zbc2 => ZoneAction.Sequentialize,
            _ => null,
        };
        if (action is null)
        {
            return Refuse(ZoneError.InvalidFieldInCdb);
        }

        ulong zoneId = BinaryPrimitives.ReadUInt64BigEndian(cdb[2..]);
        int count = BinaryPrimitives.ReadUInt16BigEndian(cdb[12..]);
        bool all = (cdb[14] & 0x01) != 0;
        ZoneError error = _machine.Resolve(action.Value, zoneId, count, all, out ZoneRequest request);
        return error == ZoneError.None ? ManageAsync(request, cancellationToken) : Refuse(error);
    }

    private static ValueTask<IoStatus> Refuse(ZoneError error) => new(error.ToStatus());

    private static ValueTask<IoStatus> Reply(IRawCommand command, ReadOnlySpan<byte> data, uint allocationLength)
    {
        Fill(command, data, allocationLength);
        return new(IoStatus.Good);
    }

    // As much of an answer as the host has room for.
    private static void Fill(IRawCommand command, ReadOnlySpan<byte> data, uint allocationLength)
    {
        data = data[..(int)Math.Min((uint)data.Length, allocationLength)];
        command.DataInLength = command.DataIn.CopyFrom(data);
    }

    /// <summary>An answer of unknown length under construction, in a borrowed array.</summary>
    private ref struct ReplyBuffer(int length)
    {
        private readonly byte[] _array = ArrayPool<byte>.Shared.Rent(Math.Max(1, length));
        private readonly int _length = length;

        /// <summary>The bytes, zero at first.</summary>
        public readonly Span<byte> Cleared
        {
            get
            {
                Span<byte> bytes = _array.AsSpan(0, _length);
                bytes.Clear();
                return bytes;
            }
        }

        public readonly void Dispose() => ArrayPool<byte>.Shared.Return(_array);
    }
}
