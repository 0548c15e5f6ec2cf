// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using Microsoft.Extensions.Logging.Abstractions;
using TcmuRunner.Io;
using TcmuRunner.Scsi;
using TcmuRunner.TestKit.Scsi;

namespace TcmuRunner.Handlers.Zbc.Tests;

/// <summary>A zoned disk behind the real engine, with commands in the words of the standard. Zones are 1 MiB unless the options say otherwise.</summary>
internal sealed class ZonedDisk : IDisposable
{
    private readonly TemporaryDirectory? _ownDirectory;
    private readonly LogicalUnit _unit;
    private bool _isClosed;

    private ZonedDisk(LogicalUnit unit, TemporaryDirectory? ownDirectory)
    {
        _unit = unit;
        _ownDirectory = ownDirectory;
    }

    public LogicalUnit Unit => _unit;

    public int BlockSize => _unit.BlockSizeBytes;

    /// <summary>Blocks of a zone of 1 MiB.</summary>
    public long Zone => (1 << 20) / BlockSize;

    public long BlockCount => _unit.BlockCount;

    /// <summary>Opens a new disk of a size in MiB.</summary>
    public static ZonedDisk Create(string options, int mebibytes = 16, string subtype = "zbc")
    {
        var directory = new TemporaryDirectory();
        return Open($"{subtype}/zsize-1/{options}@{directory.PathOf("zbc.img")}", (long)mebibytes << 20, directory);
    }

    public static ZonedDisk Open(string configuration, long? sizeBytes, TemporaryDirectory? directory = null, bool isReopen = false, IAsyncFileSystem? files = null)
    {
        LogicalUnitOptions options = TestUnit.Options with { Name = "zbc/disk1", Configuration = configuration, SizeBytes = sizeBytes, IsReopen = isReopen };
        IHandler handler = configuration.StartsWith("dhsmr", StringComparison.Ordinal) ? new DhsmrHandler() : new ZbcHandler();
        ValueTask<LogicalUnit> opened = LogicalUnit.OpenAsync(new TestCatalog(handler), files ?? new AsyncFileSystem(), options, NullLogger.Instance, CancellationToken.None);
        return new ZonedDisk(opened.AsTask().GetAwaiter().GetResult(), directory);
    }

    /// <summary>Runs a command and gives its result in short: "good", or sense key, ASC and ASCQ as in "5 21/04".</summary>
    public string Do(string cdb, byte[]? dataOut = null, int dataIn = 0)
    {
        using TestTask task = Run(cdb, dataOut, dataIn);
        return Result(task);
    }

    public TestTask Run(string cdb, byte[]? dataOut = null, int dataIn = 0) => _unit.Run(cdb, dataOut, dataIn);

    public string Write(long block, int count, byte fill = 0x5A)
    {
        byte[] data = new byte[count * BlockSize];
        Array.Fill(data, fill);
        return Do($"8A00{block:X16}{count:X8}0000", data);
    }

    public string Read(long block, int count) => Do($"8800{block:X16}{count:X8}0000", dataIn: count * BlockSize);

    /// <summary>Reads blocks that must be readable.</summary>
    public byte[] Data(long block, int count)
    {
        using TestTask task = Run($"8800{block:X16}{count:X8}0000", dataIn: count * BlockSize);
        Assert.Equal("good", Result(task));
        return task.Returned.ToArray();
    }

    public string Open(long block) => Manage(3, block);

    public string Close(long block) => Manage(1, block);

    public string Finish(long block) => Manage(2, block);

    public string Reset(long block) => Manage(4, block);

    public string Manage(int action, long block, int zoneCount = 0, bool all = false) => Do($"94{action:X2}{block:X16}0000{zoneCount:X4}{(all ? 1 : 0):X2}00");

    public string All(int action) => Manage(action, 0, all: true);

    /// <summary>Fills a zone from its write pointer on.</summary>
    public string Fill(long zoneStart)
    {
        ReportedZone zone = At(zoneStart);
        return Write(zone.WritePointer, (int)(zone.Start + zone.Length - zone.WritePointer));
    }

    /// <summary>All zones from a block on.</summary>
    public List<ReportedZone> Zones(long block = 0, int options = 0, int allocationLength = 1 << 16, bool isPartial = false)
    {
        using TestTask task = Run($"9500{block:X16}{allocationLength:X8}{(options | (isPartial ? 0x80 : 0)):X2}00", dataIn: allocationLength);
        Assert.Equal("good", Result(task));
        ReadOnlySpan<byte> data = task.Returned;
        var zones = new List<ReportedZone>();
        for (int offset = 64; offset < data.Length; offset += 64)
        {
            ReadOnlySpan<byte> one = data[offset..];
            zones.Add(new ReportedZone(
                one[0] & 0xF,
                one[1] >> 4,
                (one[1] & 2) != 0,
                BinaryPrimitives.ReadInt64BigEndian(one[16..]),
                BinaryPrimitives.ReadInt64BigEndian(one[8..]),
                BinaryPrimitives.ReadInt64BigEndian(one[24..])));
        }

        return zones;
    }

    public ReportedZone At(long block) => Zones(block, allocationLength: 128)[0];

    public int Condition(long block) => At(block).Condition;

    /// <summary>Closes the disk in order, or leaves its image as a killed daemon would.</summary>
    public void Shut()
    {
        if (!_isClosed)
        {
            _isClosed = true;
            _unit.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    public void Dispose()
    {
        Shut();
        _ownDirectory?.Dispose();
    }

    public static string Result(TestTask task) => task.Status == ScsiStatus.Good
        ? "good"
        : task.Status == ScsiStatus.CheckCondition ? $"{(int)task.SenseKey:X} {task.Sense[12]:X2}/{task.Sense[13]:X2}" : task.Status.ToString();
}

/// <summary>One descriptor of REPORT ZONES.</summary>
internal sealed record ReportedZone(int Type, int Condition, bool IsNonSequential, long Start, long Length, long WritePointer);
