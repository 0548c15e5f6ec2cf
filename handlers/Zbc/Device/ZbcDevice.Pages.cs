// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using TcmuRunner.Abstractions;

namespace TcmuRunner.Handlers.Zbc;

/// <content>The mode page of zone domains, and the zoned block device statistics log page. Other pages are the engine's.</content>
internal sealed partial class ZbcDevice
{
    private const int ModeParametersChanged = 0x2A01;
    private const int InquiryDataHasChanged = 0x3F03;
    private const int ModeHeaderBytes = 8;
    private const int ZonedPageBytes = 254;
    private const int LargestModeList = 512;
    private const int StatisticsPage = 0x14;
    private const int StatisticsParameterBytes = 12;

    // The draft ended before the last counter, of SEQUENTIAL OR BEFORE REQUIRED zones.
    private const int DraftStatistics = ZoneStatistics.Count - 1;

    private byte ZonedPageCode => IsDraft ? (byte)0x3D : (byte)0x0A;

    private byte ZonedPageSubcode => IsDraft ? (byte)0x08 : (byte)0x0F;

    private ValueTask<IoStatus> SenseMode(IRawCommand command)
    {
        const int changeable = 1;
        const int saved = 3;
        ReadOnlySpan<byte> cdb = command.Cdb;
        int control = cdb[2] >> 6;
        if (!_hasDomains || (cdb[2] & 0x3F) != ZonedPageCode || cdb[3] != ZonedPageSubcode || control == saved)
        {
            return new(IoOutcome.NotSupported);
        }

        Span<byte> data = stackalloc byte[ModeHeaderBytes + ZonedPageBytes];
        data.Clear();
        BinaryPrimitives.WriteUInt16BigEndian(data, (ushort)(data.Length - 2));
        Span<byte> page = data[ModeHeaderBytes..];
        page[0] = (byte)(ZonedPageCode | 0x40);
        page[1] = ZonedPageSubcode;
        BinaryPrimitives.WriteUInt16BigEndian(page[2..], ZonedPageBytes - 4);
        DeviceParameters parameters = _store.Parameters;
        if (control != changeable)
        {
            BinaryPrimitives.WriteInt32BigEndian(page[4..], parameters.ActivationCount);
            page[10] = (byte)(parameters.IsReadRestricted ? 0 : 1);
            BinaryPrimitives.WriteUInt16BigEndian(page[16..], (ushort)Math.Min(parameters.MaximumActivation, ushort.MaxValue));
        }
        else if (_profile.HasControls)
        {
            BinaryPrimitives.WriteUInt32BigEndian(page[4..], uint.MaxValue);
            page[10] = 0x01;
            BinaryPrimitives.WriteUInt16BigEndian(page[16..], ushort.MaxValue);
        }

        return Reply(command, data, BinaryPrimitives.ReadUInt16BigEndian(cdb[7..]));
    }

    private ValueTask<IoStatus> SelectMode(IRawCommand command)
    {
        ReadOnlySpan<byte> cdb = command.Cdb;
        int length = BinaryPrimitives.ReadUInt16BigEndian(cdb[7..]);
        if (!_hasDomains || length < ModeHeaderBytes || length >= LargestModeList || command.DataOut.Length < length)
        {
            return new(IoOutcome.NotSupported);
        }

        Span<byte> data = stackalloc byte[LargestModeList];
        data = data[..length];
        command.DataOut.CopyTo(data);
        int start = ModeHeaderBytes + BinaryPrimitives.ReadUInt16BigEndian(data[6..]);
        bool isOurs = start + 2 <= length && (data[start] & 0x7F) == (ZonedPageCode | 0x40) && data[start + 1] == ZonedPageSubcode;
        if (!isOurs)
        {
            return new(IoOutcome.NotSupported);
        }

        bool hasPageFormat = (cdb[1] & 0x10) != 0;
        bool wantsSave = (cdb[1] & 0x01) != 0;
        if (!hasPageFormat || wantsSave)
        {
            return Refuse(ZoneError.InvalidFieldInCdb);
        }

        Span<byte> page = data[start..];
        const int needed = 18;
        if (page.Length < needed || BinaryPrimitives.ReadUInt16BigEndian(page[2..]) + 4 > page.Length)
        {
            return Refuse(ZoneError.ParameterListLengthError);
        }

        return SelectParameters(
            command,
            BinaryPrimitives.ReadUInt32BigEndian(page[4..]),
            isReadRestricted: (page[10] & 0x01) == 0,
            hasReadField: page[10] != 0,
            BinaryPrimitives.ReadUInt16BigEndian(page[16..]));
    }

    private ValueTask<IoStatus> SelectParameters(IRawCommand command, uint activationCount, bool isReadRestricted, bool hasReadField, int maximumActivation)
    {
        if (!_profile.HasControls)
        {
            return activationCount == 0 && !hasReadField && maximumActivation == 0 ? new(IoStatus.Good) : Refuse(ZoneError.InvalidFieldInCdb);
        }

        maximumActivation = maximumActivation > _layout.ZoneCount ? 0 : maximumActivation;
        DeviceParameters old = _store.Parameters;
        if (activationCount > _layout.ZoneCount || (maximumActivation != 0 && activationCount > maximumActivation))
        {
            return Refuse(ZoneError.InvalidFieldInCdb);
        }

        int count = activationCount == 0 ? old.ActivationCount : (int)activationCount;
        count = maximumActivation == 0 ? count : Math.Min(count, maximumActivation);
        var parameters = new DeviceParameters(count, maximumActivation, isReadRestricted);
        if (parameters != old)
        {
            _store.SetParameters(parameters);
            _machine.IsReadRestricted = isReadRestricted;
            _unitAttentions?.Raise(ModeParametersChanged, command);
        }

        return new(IoStatus.Good);
    }

    private ValueTask<IoStatus> SenseLog(IRawCommand command)
    {
        ReadOnlySpan<byte> cdb = command.Cdb;
        return (cdb[2] & 0x3F) == StatisticsPage && cdb[3] == 0x01 ? ReplyStatistics(command, ZoneStatistics.Count, BinaryPrimitives.ReadUInt16BigEndian(cdb[7..])) : new(IoOutcome.NotSupported);
    }

    // The draft's disks had no LOG SENSE, and offered the page here.
    private ValueTask<IoStatus> ReceiveDiagnostic(IRawCommand command)
    {
        ReadOnlySpan<byte> cdb = command.Cdb;
        uint allocationLength = BinaryPrimitives.ReadUInt16BigEndian(cdb[3..]);
        bool isPageValid = (cdb[1] & 0x01) != 0;
        if (!_hasDomains || !IsDraft)
        {
            return new(IoOutcome.NotSupported);
        }

        if (!isPageValid || cdb[2] == 0)
        {
            return Reply(command, [0x00, 0x00, 0x00, 0x02, 0x00, StatisticsPage], allocationLength);
        }

        return cdb[2] == StatisticsPage ? ReplyStatistics(command, DraftStatistics, allocationLength) : Refuse(ZoneError.InvalidFieldInCdb);
    }

    private ValueTask<IoStatus> ReplyStatistics(IRawCommand command, int count, uint allocationLength)
    {
        Span<byte> data = stackalloc byte[4 + (count * StatisticsParameterBytes)];
        data.Clear();
        data[0] = StatisticsPage | 0x40;
        data[1] = 0x01;
        BinaryPrimitives.WriteUInt16BigEndian(data[2..], (ushort)(data.Length - 4));
        for (int index = 0; index < count; index++)
        {
            Span<byte> parameter = data[(4 + (index * StatisticsParameterBytes))..];
            BinaryPrimitives.WriteUInt16BigEndian(parameter, (ushort)index);
            parameter[2] = 0x03;
            parameter[3] = StatisticsParameterBytes - 4;
            BinaryPrimitives.WriteUInt32BigEndian(parameter[8..], (uint)Math.Min(_machine.Statistics[index], uint.MaxValue));
        }

        return Reply(command, data, allocationLength);
    }
}
