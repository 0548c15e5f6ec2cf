// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;

namespace TcmuRunner.Handlers.Zbc.Tests;

/// <summary>What becomes of images: opened, refused, made anew, imported, taken over from a daemon that was killed.</summary>
public sealed class ImageTests
{
    private const long Size = 16 << 20;

    [Fact]
    public void State_and_data_survive_a_restart_with_the_same_options()
    {
        using var directory = new TemporaryDirectory();
        string configuration = $"zbc/model-HM/zsize-1/conv-2@{directory.PathOf("a.img")}";
        using (ZonedDisk disk = ZonedDisk.Open(configuration, Size))
        {
            disk.Write(3 * disk.Zone, 16, 0x21);
            disk.Open(4 * disk.Zone);
            disk.Finish(5 * disk.Zone);
        }

        using ZonedDisk again = ZonedDisk.Open(configuration, Size, isReopen: true);
        Assert.Equal([4, 1, 0xE, 1], again.Zones(3 * again.Zone).Take(4).Select(zone => zone.Condition));
        Assert.True(again.Data(3 * again.Zone, 16).All(value => value == 0x21));
    }

    [Theory]
    [InlineData("model-HA", "type is HM_ZONED_1PCNT_B, not HA_ZONED_1PCNT_B")]
    [InlineData("zsize-2", "zsize in bytes is 1048576, not 2097152")]
    [InlineData("conv-3", "conv is 2, not 3")]
    [InlineData("lba-4096", "lba is 512, not 4096")]
    public void Another_disk_than_asked_for_is_refused_by_name_and_made_anew_on_demand(string options, string difference)
    {
        using var directory = new TemporaryDirectory();
        string path = directory.PathOf("a.img");
        using (ZonedDisk disk = ZonedDisk.Open($"zbc/model-HM/zsize-1/conv-2@{path}", Size))
        {
            disk.Write(3 * disk.Zone, 16, 0x21);
        }

        HandlerException refused = Assert.Throws<HandlerException>(() => ZonedDisk.Open($"zbc/{options}@{path}", Size));
        Assert.Contains(difference, refused.Message, StringComparison.Ordinal);
        Assert.Contains("format", refused.Message, StringComparison.Ordinal);
        using (ZonedDisk kept = ZonedDisk.Open($"zbc/{path}", Size))
        {
            Assert.Equal(4, kept.Condition(3 * kept.Zone));
        }

        using ZonedDisk anew = ZonedDisk.Open($"zbc/zsize-1/{options}/format@{path}", Size);
        Assert.DoesNotContain(anew.Zones(), zone => zone.Condition == 4);
    }

    [Fact]
    public void Format_leaves_an_image_alone_that_is_what_is_asked_for()
    {
        using var directory = new TemporaryDirectory();
        string configuration = $"zbc/model-HM/zsize-1/format@{directory.PathOf("a.img")}";
        using (ZonedDisk disk = ZonedDisk.Open(configuration, Size))
        {
            disk.Write(3 * disk.Zone, 16);
        }

        using ZonedDisk again = ZonedDisk.Open(configuration, Size);
        Assert.Equal(4, again.Condition(3 * again.Zone));
    }

    [Fact]
    public void What_is_no_image_is_not_overwritten()
    {
        using var directory = new TemporaryDirectory();
        string path = directory.PathOf("diary.txt");
        File.WriteAllText(path, "Dear diary");

        Assert.Throws<HandlerException>(() => ZonedDisk.Open($"zbc/{path}", Size));

        Assert.Equal("Dear diary", File.ReadAllText(path));
    }

    [Fact]
    public void An_image_is_used_by_one_device_at_a_time()
    {
        using var directory = new TemporaryDirectory();
        string path = directory.PathOf("a.img");
        using ZonedDisk first = ZonedDisk.Open($"zbc/zsize-1@{path}", Size);

        HandlerException busy = Assert.Throws<HandlerException>(() => ZonedDisk.Open($"zbc/{path}", Size));

        Assert.Equal(HandlerErrorKind.Busy, busy.Kind);
    }

    [Fact]
    public void A_missing_image_is_not_replaced_behind_a_host_s_back()
    {
        using var directory = new TemporaryDirectory();

        HandlerException gone = Assert.Throws<HandlerException>(() => ZonedDisk.Open($"zbc/{directory.PathOf("a.img")}", Size, isReopen: true));

        Assert.Equal(HandlerErrorKind.NotFound, gone.Kind);
        Assert.Empty(Directory.GetFiles(directory.Root));

        // One that somebody has emptied is no better.
        File.WriteAllBytes(directory.PathOf("a.img"), []);
        Assert.Contains("empty", Assert.Throws<HandlerException>(() => ZonedDisk.Open($"zbc/{directory.PathOf("a.img")}", Size, isReopen: true)).Message, StringComparison.Ordinal);
        Assert.Equal(0, new FileInfo(directory.PathOf("a.img")).Length);
    }

    [Fact]
    public void A_killed_daemon_s_write_may_be_repeated_once()
    {
        using var directory = new TemporaryDirectory();
        string path = directory.PathOf("a.img");
        string copy = directory.PathOf("b.img");
        using ZonedDisk disk = ZonedDisk.Open($"zbc/zsize-1@{path}", Size);
        long zone = 3 * disk.Zone;
        disk.Write(zone, 16, 0x01);
        disk.Write(zone + 16, 8, 0x02);
        TemporaryDirectory.Snapshot(path, copy);

        using ZonedDisk next = ZonedDisk.Open($"zbc/{copy}", Size, isReopen: true);

        Assert.Equal(zone + 24, next.At(zone).WritePointer);
        Assert.Equal("good", next.Write(zone + 16, 8, 0x02));
        Assert.Equal("5 21/04", next.Write(zone + 16, 8, 0x02));
        Assert.Equal("good", next.Write(zone + 24, 8, 0x03));
        Assert.Equal("5 21/04", next.Write(zone, 16, 0x01));
    }

    [Fact]
    public void A_damaged_header_is_found_in_its_other_copy_and_a_damaged_checkpoint_in_the_older_one()
    {
        using var directory = new TemporaryDirectory();
        string path = directory.PathOf("a.img");
        using (ZonedDisk disk = ZonedDisk.Open($"zbc/zsize-1@{path}", Size))
        {
            disk.Write(3 * disk.Zone, 16);
        }

        Damage(path, 100);
        using ZonedDisk again = ZonedDisk.Open($"zbc/{path}", Size);

        Assert.Equal(4, again.Condition(3 * again.Zone));
    }

    [Fact]
    public void Every_damaged_byte_of_the_areas_is_survived_or_named()
    {
        using var directory = new TemporaryDirectory();
        string path = directory.PathOf("a.img");
        using (ZonedDisk disk = ZonedDisk.Open($"zbc/zsize-1@{path}", Size))
        {
            disk.Write(3 * disk.Zone, 16);
        }

        byte[] whole = File.ReadAllBytes(path);
        var random = new Random(7);
        int areas = 5 * ImageFormat.BlockBytes;
        for (int attempt = 0; attempt < 150; attempt++)
        {
            byte[] damaged = (byte[])whole.Clone();
            for (int hit = 0; hit < 3; hit++)
            {
                damaged[random.Next(areas)] ^= (byte)random.Next(1, 256);
            }

            string copy = directory.PathOf("damaged.img");
            File.WriteAllBytes(copy, damaged);
            try
            {
                using ZonedDisk disk = ZonedDisk.Open($"zbc/{copy}", Size);
                Assert.True(disk.Condition(3 * disk.Zone) is 4 or 1);
            }
            catch (HandlerException exception)
            {
                Assert.Contains("damaged.img", exception.Message, StringComparison.Ordinal);
            }
        }
    }

    [Theory]
    [InlineData(0x14, 2)]
    [InlineData(0x00, 3)]
    public void An_image_of_the_C_program_is_imported_on_demand(int model, int sequentialType)
    {
        using var directory = new TemporaryDirectory();
        string path = directory.PathOf("c.img");
        WriteForeignImage(path, model, sequentialType);

        HandlerException refused = Assert.Throws<HandlerException>(() => ZonedDisk.Open($"zbc/{path}", Size));
        Assert.Contains("import", refused.Message, StringComparison.Ordinal);
        using (ZonedDisk disk = ZonedDisk.Open($"zbc/import@{path}", Size))
        {
            Assert.Equal([1, sequentialType, sequentialType, sequentialType], disk.Zones().Take(4).Select(zone => zone.Type));
            Assert.Equal([0, 0xE, 4, 1], disk.Zones().Take(4).Select(zone => zone.Condition));
            Assert.True(disk.Data(2 * disk.Zone, 8).All(value => value == 0x99));
            Assert.True(disk.Data((2 * disk.Zone) + 8, 8).All(value => value == 0));
            Assert.Equal("good", disk.Write((2 * disk.Zone) + 8, 8, 0x98));
        }

        using ZonedDisk again = ZonedDisk.Open($"zbc/{path}", Size);
        Assert.Equal((2 * again.Zone) + 16, again.At(2 * again.Zone).WritePointer);
        Assert.True(again.Data((2 * again.Zone) + 8, 8).All(value => value == 0x98));
    }

    [Fact]
    public void A_truncated_image_is_named_and_not_mapped()
    {
        using var directory = new TemporaryDirectory();
        string path = directory.PathOf("a.img");
        ZonedDisk.Open($"zbc/zsize-1@{path}", Size).Dispose();
        using (FileStream stream = File.OpenWrite(path))
        {
            stream.SetLength(1 << 20);
        }

        Assert.Contains("damaged", Assert.Throws<HandlerException>(() => ZonedDisk.Open($"zbc/{path}", Size)).Message, StringComparison.Ordinal);
    }

    private static void Damage(string path, long offset)
    {
        using FileStream stream = File.Open(path, FileMode.Open);
        stream.Position = offset;
        stream.WriteByte(0xFF);
    }

    // Zones of 1 MiB: conventional, full, closed with 8 blocks, and empty ones.
    private static void WriteForeignImage(string path, int model, int sequentialType)
    {
        const int zones = 16;
        const int zoneBlocks = 2048;
        const int dataOffset = 4096;
        byte[] image = new byte[dataOffset + Size];
        Span<byte> header = image;
        BinaryPrimitives.WriteUInt32LittleEndian(header, 0x555A4243);
        BinaryPrimitives.WriteInt32LittleEndian(header[4..], model);
        BinaryPrimitives.WriteInt64LittleEndian(header[8..], zones * zoneBlocks);
        BinaryPrimitives.WriteInt32LittleEndian(header[16..], 512);
        BinaryPrimitives.WriteInt32LittleEndian(header[20..], zoneBlocks);
        BinaryPrimitives.WriteInt32LittleEndian(header[24..], zones);
        BinaryPrimitives.WriteInt32LittleEndian(header[28..], 1);
        BinaryPrimitives.WriteInt32LittleEndian(header[32..], 7);
        for (int zone = 0; zone < zones; zone++)
        {
            Span<byte> record = header[(48 + (zone * 64))..];
            long start = zone * zoneBlocks;
            (byte condition, long writePointer) = zone switch
            {
                0 => ((byte)0, -1L),
                1 => ((byte)0xE, start + zoneBlocks),
                2 => ((byte)4, start + 8),
                _ => ((byte)1, start),
            };
            BinaryPrimitives.WriteInt64LittleEndian(record, start);
            BinaryPrimitives.WriteInt64LittleEndian(record[8..], zoneBlocks);
            BinaryPrimitives.WriteInt64LittleEndian(record[16..], writePointer);
            record[24] = (byte)(zone == 0 ? 1 : sequentialType);
            record[25] = condition;
        }

        image.AsSpan(dataOffset + (2 * zoneBlocks * 512), zoneBlocks * 512).Fill(0x99);
        File.WriteAllBytes(path, image);
    }
}
