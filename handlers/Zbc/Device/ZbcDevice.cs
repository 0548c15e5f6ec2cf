// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using TcmuRunner.Abstractions;

namespace TcmuRunner.Handlers.Zbc;

/// <summary>
/// An open disk with zones: the state machine decides, the store remembers, and the image holds the bytes. Operations on different zones run side
/// by side, those on one zone in the order in which they came.
/// </summary>
/// <remarks>
/// Locking order: a place in the scheduler, then the store's gate, then the store's lock, which is held for moments only and never over I/O.
/// Reads take none of them.
/// </remarks>
internal sealed partial class ZbcDevice : IZonedDevice, IFlushDevice, IWriteSameDevice, IReconfigureDevice
{
    private readonly AsyncFile _file;
    private readonly ImageStore _store;
    private readonly ZoneMachine _machine;
    private readonly ZoneLayout _layout;
    private readonly ZoneScheduler _scheduler = new();
    private readonly ImageSettings _settings;
    private readonly DeviceProfile _profile;
    private readonly RepeatedWrites? _replays;
    private readonly ZbcConfiguration _configuration;
    private readonly string _subtype;
    private readonly string _name;
    private readonly ILogger _logger;
    private readonly int _blockShift;
    private readonly long _dataOffset;
    private readonly bool _hasDomains;
    private IUnitAttentions? _unitAttentions;

    /// <summary>Takes over an image: it is closed with the device.</summary>
    public ZbcDevice(ImageOpener.OpenedImage image, ZbcConfiguration configuration, OpenRequest request)
    {
        _store = image.Store;
        _file = image.Store.File;
        _layout = image.Layout;
        _settings = image.Store.Header.Settings;
        _profile = image.Store.Header.CurrentProfile;
        _replays = image.Replays;
        _configuration = configuration;
        _subtype = request.Configuration.Subtype;
        _name = request.DeviceName;
        _logger = request.Logger;
        _blockShift = _layout.BlockShift;
        _dataOffset = image.Store.Header.DataOffset;
        _hasDomains = !_layout.Domains.IsEmpty;
        lock (_store.Lock)
        {
            _machine = new ZoneMachine(_layout, ZoneLimits.Of(_settings, _layout, _profile), image.State.Zones, image.State.RealmDomains, _store)
            {
                IsReadRestricted = _store.Parameters.IsReadRestricted,
            };
            MakeFaulty(configuration.ReadOnlyZones, ZoneCondition.ReadOnly);
            MakeFaulty(configuration.OfflineZones, ZoneCondition.Offline);
        }
    }

    public DeviceCharacteristics Characteristics => new()
    {
        SizeBytes = _layout.BlockCount << _blockShift,
        BlockSizeBytes = _settings.BlockBytes,
        PhysicalBlockSizeBytes = _settings.PhysicalBlockBytes,
        HasVolatileWriteCache = true,
        IsSolidState = false,
        Capabilities = DeviceCapabilities.Flush | DeviceCapabilities.WriteSame | DeviceCapabilities.Reconfigure
            | (IsZoned ? DeviceCapabilities.Zones : DeviceCapabilities.None),
        Zones = IsZoned ? DescribeZones() : null,
    };

    private bool IsZoned => _profile.Kind != DeviceKind.NonZoned;

    public void Attach(IUnitAttentions unitAttentions) => _unitAttentions = unitAttentions;

    public ValueTask<IoStatus> FlushAsync(CancellationToken cancellationToken) => _store.FlushAsync();

    /// <summary>Accepts another way of writing the configuration in force; everything else needs the image to be opened anew.</summary>
    public ValueTask ReconfigureAsync(ConfigurationString configuration, CancellationToken cancellationToken)
    {
        if (!ZbcConfigurationParser.TryParse(configuration, _configuration.Profile, out ZbcConfiguration? wanted, out string? reason))
        {
            throw new HandlerException(HandlerErrorKind.InvalidConfiguration, reason);
        }

        IReadOnlyList<string> differences = wanted.Path == _configuration.Path
            ? _settings.DifferencesFrom(wanted, null)
            : [$"the image is '{_configuration.Path}', not '{wanted.Path}'"];
        return differences.Count == 0
            ? ValueTask.CompletedTask
            : throw new HandlerException(
                HandlerErrorKind.NotSupported, $"{_name}: an open disk stays what it is: {string.Join("; ", differences)}. Remove the device and create it with the new options.");
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await _store.DisposeAsync().ConfigureAwait(false);
        }
        catch (HandlerException exception)
        {
            Log.NotClosed(_logger, _name, _file.Path, exception.Message);
        }
    }

    // The store's lock is held.
    private void MakeFaulty(ImmutableArray<int> zones, ZoneCondition condition)
    {
        foreach (int zone in zones)
        {
            if (zone >= _layout.ZoneCount || _layout.TypeOf(zone) == ZoneType.Gap)
            {
                throw new HandlerException(
                    HandlerErrorKind.InvalidConfiguration, $"{_name}: zone {zone} cannot be made faulty: the disk has the zones 0 to {_layout.ZoneCount - 1}, and gaps have no condition.");
            }

            _machine.SetFault(zone, condition);
        }
    }

    private ZonedCharacteristics DescribeZones() => new()
    {
        IsHostManaged = _profile.Kind == DeviceKind.HostManaged,
        CharacteristicsPage = DescribePage(),
        BlockDeviceFlags = _profile.Kind switch
        {
            DeviceKind.HostAware => 0x1000,
            DeviceKind.ZoneDomains when _settings.Dialect == Dialect.Draft5 => 0x4000,
            _ => 0,
        },
        ReportedSizeBytes = _hasDomains ? _layout.ReportedBlockCount << _blockShift : null,
        ProductIdentification = _subtype == DhsmrHandler.Subtype ? "TCMU DH-SMR dev" : "TCMU ZBC device",
    };

    // VPD page B6h from byte 4 on. What a kind of disk has no use for stays zero, as initiators know it from the C program.
    private ImmutableArray<byte> DescribePage()
    {
        const uint noLimit = uint.MaxValue;
        Span<byte> page = stackalloc byte[60];
        page.Clear();
        bool isDraft = _hasDomains && _settings.Dialect == Dialect.Draft5;
        uint limit = _machine.Limits.OpenZones == 0 ? noLimit : (uint)_machine.Limits.OpenZones;
        page[0] = (byte)(_machine.IsReadRestricted ? 0x00 : 0x01);
        if (_hasDomains)
        {
            page[0] |= isDraft ? DescribeDraftControls() : (byte)(0x20 | (_settings.HasRealms ? 0x02 : 0x00));
        }

        bool hasPreferred = _layout.Domains.Any(domain => domain.Type == ZoneType.SequentialWritePreferred);
        if (_profile.Kind == DeviceKind.HostAware || (_hasDomains && hasPreferred && !isDraft))
        {
            BinaryPrimitives.WriteUInt32BigEndian(page[4..], limit);
            BinaryPrimitives.WriteUInt32BigEndian(page[8..], limit);
        }

        if (_profile.Kind != DeviceKind.HostAware)
        {
            BinaryPrimitives.WriteUInt32BigEndian(page[12..], limit);
        }

        if (isDraft)
        {
            page[6] = _layout.Domains.Aggregate((byte)0, (types, domain) => (byte)(types | TypeBit(domain.Type)));
            BinaryPrimitives.WriteUInt16BigEndian(page[16..], (ushort)Math.Min(_store.Parameters.MaximumActivation, ushort.MaxValue));
        }

        if (_layout.HasCapacityGaps)
        {
            const byte constantStartOffset = 8;
            page[19] = constantStartOffset;
            BinaryPrimitives.WriteInt64BigEndian(page[20..], _layout.ZoneBlocks);
        }

        return [.. page];
    }

    private byte DescribeDraftControls()
    {
        const byte maximumActivation = 0x04;
        const byte zoneCountSource = 0x08;
        const byte unrestrictedReads = 0x10;
        const byte reportRealms = 0x20;
        const byte activationCount = 0x80;
        int controls = _profile.HasControls ? maximumActivation | unrestrictedReads | activationCount : 0;
        return (byte)(controls | zoneCountSource | (_settings.HasRealms ? reportRealms : 0));
    }

    private static byte TypeBit(ZoneType type) => (byte)(1 << ((int)type - 1));
}
