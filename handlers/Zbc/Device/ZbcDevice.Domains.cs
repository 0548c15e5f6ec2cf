// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using TcmuRunner.Abstractions;

namespace TcmuRunner.Handlers.Zbc;

/// <content>REPORT ZONE DOMAINS and REPORT REALMS, in both dialects (ZBC-2 5).</content>
internal sealed partial class ZbcDevice
{
    private const int DomainDescriptorBytes = 96;
    private const int RealmHeaderBytes = 16;

    private bool IsDraft => _settings.Dialect == Dialect.Draft5;

    private ValueTask<IoStatus> ReportZoneDomains(IRawCommand command)
    {
        ReadOnlySpan<byte> cdb = command.Cdb;
        ulong locator = BinaryPrimitives.ReadUInt64BigEndian(cdb[2..]);
        int options = cdb[14] & 0x3F;
        if (options > 3)
        {
            return Refuse(ZoneError.InvalidFieldInCdb);
        }

        if (CheckLocator(locator) is not ZoneError.None and var error)
        {
            return Refuse(error);
        }

        Span<byte> data = stackalloc byte[ReportHeaderBytes + (4 * DomainDescriptorBytes)];
        data.Clear();
        int count = 0;
        foreach (ZoneDomain domain in _layout.Domains)
        {
            if (EndOf(domain) < (long)locator || !Matches(domain, options))
            {
                continue;
            }

            Span<byte> descriptor = data.Slice(ReportHeaderBytes + (count++ * DomainDescriptorBytes), DomainDescriptorBytes);
            descriptor[0] = (byte)domain.Id;
            BinaryPrimitives.WriteInt64BigEndian(descriptor[16..], domain.ZoneCount);
            BinaryPrimitives.WriteInt64BigEndian(descriptor[24..], _layout.StartOf(domain.FirstZone));
            BinaryPrimitives.WriteInt64BigEndian(descriptor[32..], EndOf(domain));
            descriptor[40] = (byte)domain.Type;

            // VALID ZONE TYPE; the boundaries do not shift.
            descriptor[IsDraft ? 41 : 42] = 0x02;
        }

        int length = ReportHeaderBytes + (count * DomainDescriptorBytes);
        BinaryPrimitives.WriteInt32BigEndian(data, ReportHeaderBytes + (_layout.Domains.Length * DomainDescriptorBytes));
        BinaryPrimitives.WriteInt32BigEndian(data[4..], length);
        data[8] = (byte)_layout.Domains.Length;
        data[9] = (byte)count;
        data[10] = (byte)options;
        BinaryPrimitives.WriteUInt64BigEndian(data[16..], locator);
        return Reply(command, data[..length], BinaryPrimitives.ReadUInt32BigEndian(cdb[10..]));
    }

    private ValueTask<IoStatus> ReportRealms(IRawCommand command)
    {
        ReadOnlySpan<byte> cdb = command.Cdb;
        ulong locator = BinaryPrimitives.ReadUInt64BigEndian(cdb[2..]);
        uint allocationLength = BinaryPrimitives.ReadUInt32BigEndian(cdb[10..]);
        int options = cdb[14] & 0x3F;
        if (options > 3)
        {
            return Refuse(ZoneError.InvalidFieldInCdb);
        }

        if (CheckLocator(locator) is not ZoneError.None and var error)
        {
            return Refuse(error);
        }

        int itemBytes = IsDraft ? 32 : 16;
        int descriptorBytes = RealmHeaderBytes + (itemBytes * _layout.Domains.Length);
        if (allocationLength < ReportHeaderBytes + descriptorBytes)
        {
            return Refuse(ZoneError.InvalidFieldInCdb);
        }

        ZoneDomain located = _layout.DomainOf(_layout.ZoneOf((long)locator))!;
        ZoneRealm[] realms = [.. _layout.Realms.Where(realm => Matches(realm, options, located, (long)locator))];
        long room = Math.Min(allocationLength, command.DataIn.Length);
        int reported = (int)Math.Clamp((room - ReportHeaderBytes) / descriptorBytes, 0, realms.Length);
        var buffer = new ReplyBuffer(ReportHeaderBytes + (reported * descriptorBytes));
        try
        {
            Span<byte> data = buffer.Cleared;
            int shift = IsDraft ? 0 : 4;
            BinaryPrimitives.WriteInt32BigEndian(data[shift..], realms.Length);
            BinaryPrimitives.WriteInt32BigEndian(data[(4 + shift)..], descriptorBytes);
            BinaryPrimitives.WriteInt64BigEndian(data[(8 + shift)..], reported < realms.Length ? LocatorOf(realms[reported], located) : 0);
            for (int index = 0; index < reported; index++)
            {
                WriteRealm(data.Slice(ReportHeaderBytes + (index * descriptorBytes), descriptorBytes), realms[index], itemBytes);
            }

            return Reply(command, data, allocationLength);
        }
        finally
        {
            buffer.Dispose();
        }
    }

    private void WriteRealm(Span<byte> descriptor, ZoneRealm realm, int itemBytes)
    {
        BinaryPrimitives.WriteInt32BigEndian(descriptor, realm.Number);
        descriptor[7] = (byte)_machine.DomainOfRealm(realm.Number);
        foreach (ZoneDomain domain in _layout.Domains)
        {
            if (realm.CanBeIn(domain.Id))
            {
                int first = realm.FirstZones[domain.Id];
                Span<byte> item = descriptor[(RealmHeaderBytes + (domain.Id * itemBytes))..];
                BinaryPrimitives.WriteInt64BigEndian(item, _layout.StartOf(first));
                BinaryPrimitives.WriteInt64BigEndian(item[8..], _layout.StartOf(first + domain.ZonesPerRealm) - 1);
            }
        }
    }

    private ZoneError CheckLocator(ulong locator)
    {
        if (locator >= (ulong)_layout.BlockCount)
        {
            return ZoneError.LogicalBlockAddressOutOfRange;
        }

        return _layout.DomainOf(_layout.ZoneOf((long)locator)) is null ? ZoneError.AttemptToAccessGapZone : ZoneError.None;
    }

    private long EndOf(ZoneDomain domain) => _layout.StartOf(domain.FirstZone + domain.ZoneCount) - 1;

    // Active means that a host can use it: neither inactive nor offline.
    private bool Matches(ZoneDomain domain, int options)
    {
        if (options == 0)
        {
            return true;
        }

        int active = 0;
        for (int zone = domain.FirstZone; zone < domain.FirstZone + domain.ZoneCount; zone++)
        {
            active += _machine.State(zone).Condition is ZoneCondition.Inactive or ZoneCondition.Offline ? 0 : 1;
        }

        return options switch
        {
            1 => active == domain.ZoneCount,
            2 => active > 0,
            _ => active == 0,
        };
    }

    // From the realm on that the locator lies in, as the locator's domain numbers them.
    private bool Matches(ZoneRealm realm, int options, ZoneDomain located, long locator)
    {
        ZoneType? wanted = options switch
        {
            1 => ZoneType.SequentialOrBeforeRequired,
            2 => ZoneType.SequentialWriteRequired,
            3 => ZoneType.SequentialWritePreferred,
            _ => null,
        };
        ZoneDomain active = _layout.Domains[_machine.DomainOfRealm(realm.Number)];
        if (wanted is not null && active.Type != wanted)
        {
            return false;
        }

        int first = realm.FirstZones[located.Id];
        return first < 0 ? locator == _layout.StartOf(located.FirstZone) : _layout.StartOf(first + located.ZonesPerRealm) > locator;
    }

    private long LocatorOf(ZoneRealm realm, ZoneDomain located)
    {
        int domain = realm.CanBeIn(located.Id) ? located.Id : 0;
        return _layout.StartOf(realm.FirstZones[domain]);
    }
}
