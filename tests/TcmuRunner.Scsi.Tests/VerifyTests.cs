// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;
using TcmuRunner.TestKit.Scsi;

namespace TcmuRunner.Scsi.Tests;

public sealed class VerifyTests
{
    private const int Blocks = 4;
    private static readonly byte[] s_data = Expect.Random(Blocks * 512);

    public static TheoryData<string> VerifyCommands => ["2F {0:X2} 00000008 00 0004 00", "AF {0:X2} 00000008 00000004 00 00", "8F {0:X2} 0000000000000008 00000004 00 00"];

    public static TheoryData<string> WriteCommands => ["2E {0:X2} 00000008 00 0004 00", "AE {0:X2} 00000008 00000004 00 00", "8E {0:X2} 0000000000000008 00000004 00 00"];

    /// <summary>SBC-4 VERIFY (10), BYTCHK 01b.</summary>
    [Theory]
    [MemberData(nameof(VerifyCommands))]
    public async Task Verify_compares_with_the_data(string cdb)
    {
        (LogicalUnit unit, TestDevice device) = Open();
        await using LogicalUnit opened = unit;
        string command = Format(cdb, 0x02);

        Expect.Good(unit.Run(command, s_data));
        device.Bytes[(8 * 512) + 700] ^= 1;
        TestTask task = unit.Run(command, s_data);

        Expect.Sense("E 1D/00", task);
        Assert.Equal(700u, Expect.Information(task));
    }

    /// <summary>SBC-4 VERIFY (10), BYTCHK 11b: one block against each.</summary>
    [Theory]
    [MemberData(nameof(VerifyCommands))]
    public async Task Verify_compares_one_block_with_each(string cdb)
    {
        (LogicalUnit unit, TestDevice device) = Open();
        await using LogicalUnit opened = unit;
        byte[] block = s_data[..512];
        for (int index = 0; index < Blocks; index++)
        {
            block.CopyTo(device.Bytes[((8 + index) * 512)..]);
        }

        Expect.Good(unit.Run(Format(cdb, 0x06), block));
        device.Bytes[(10 * 512) + 5] ^= 1;
        TestTask task = unit.Run(Format(cdb, 0x06), block);

        Expect.Sense("E 1D/00", task);
        Assert.Equal(5u, Expect.Information(task));
    }

    /// <summary>SBC-4 VERIFY (10), BYTCHK 00b: the medium is read, no data are sent.</summary>
    [Theory]
    [MemberData(nameof(VerifyCommands))]
    public async Task Verify_without_data_reads_the_medium(string cdb)
    {
        (LogicalUnit unit, TestDevice device) = Open();
        await using LogicalUnit opened = unit;

        Expect.Good(unit.Run(Format(cdb, 0x00)));
        Assert.Equal(["flush", "read"], device.Calls);
        device.Outcome = operation => operation == "read" ? IoOutcome.ReadError : IoStatus.Good;

        Expect.Sense("3 11/00", unit.Run(Format(cdb, 0x00)));
    }

    [Theory]
    [MemberData(nameof(VerifyCommands))]
    public async Task The_reserved_check_is_an_invalid_field(string cdb)
    {
        (LogicalUnit unit, _) = Open();
        await using LogicalUnit opened = unit;

        Expect.Sense("5 24/00", unit.Run(Format(cdb, 0x04), s_data));
    }

    [Theory]
    [InlineData("2F 02 00000800 00 0000 00", null)]
    [InlineData("2F 00 00000801 00 0000 00", "5 21/00")]
    [InlineData("2F 00 000007FF 00 0002 00", "5 21/00")]
    [InlineData("2E 00 00000800 00 0000 00", null)]
    [InlineData("2E 00 000007FF 00 0002 00", "5 21/00")]
    [InlineData("2E 04 00000000 00 0001 00", "5 24/00")]
    [InlineData("2E 06 00000000 00 0001 00", "5 24/00")]
    public async Task Ranges_and_reserved_values_are_checked(string cdb, string? sense)
    {
        (LogicalUnit unit, _) = Open();
        await using LogicalUnit opened = unit;

        TestTask task = unit.Run(cdb, s_data);

        if (sense is null)
        {
            Expect.Good(task);
        }
        else
        {
            Expect.Sense(sense, task);
        }
    }

    /// <summary>SBC-4 WRITE AND VERIFY: written to the medium, whatever the cache.</summary>
    [Theory]
    [MemberData(nameof(WriteCommands))]
    public async Task Write_and_verify_writes_durably_and_reads_back(string cdb)
    {
        (LogicalUnit unit, TestDevice device) = Open();
        await using LogicalUnit opened = unit;
        byte[] data = Expect.Random(Blocks * 512, 2);

        Expect.Good(unit.Run(Format(cdb, 0x02), data));

        Assert.Equal(["write", "flush", "read"], device.Calls);
        Assert.Equal(data, device.Durable.Slice(8 * 512, data.Length).ToArray());
    }

    /// <summary>Sheet trap 9: BYTCHK decides whether there is a comparison.</summary>
    [Theory]
    [InlineData(0x00, false)]
    [InlineData(0x02, true)]
    public async Task Write_and_verify_compares_only_when_asked(int flags, bool isCompared)
    {
        (LogicalUnit unit, TestDevice device) = Open();
        await using LogicalUnit opened = unit;
        device.Outcome = operation =>
        {
            // A device that forgets: the byte is damaged between write and read.
            if (operation == "read")
            {
                device.Bytes[(8 * 512) + 3] ^= 1;
            }

            return IoStatus.Good;
        };

        TestTask task = unit.Run(Format("2E {0:X2} 00000008 00 0004 00", flags), s_data);

        Assert.Equal(isCompared ? ScsiStatus.CheckCondition : ScsiStatus.Good, task.Status);
    }

    [Fact]
    public async Task A_long_verify_works_in_bounded_pieces()
    {
        const long size = 8L << 20;
        var device = new TestDevice(Expect.Cached with { SizeBytes = size });
        await using LogicalUnit unit = TestUnit.Open(device, TestUnit.Options with { SizeBytes = size });
        byte[] data = Expect.Random(3 << 20);
        data.CopyTo(device.Bytes);
        device.Bytes[(2 << 20) + 9] ^= 1;

        TestTask task = unit.Run("2F 02 00000000 00 1800 00", data);

        Expect.Sense("E 1D/00", task);
        Assert.Equal((2u << 20) + 9, Expect.Information(task));
        Assert.Equal(3, device.Calls.Count(call => call == "read"));
    }

    private static string Format(string cdb, int flags) => string.Format(System.Globalization.CultureInfo.InvariantCulture, cdb, flags);

    private static (LogicalUnit Unit, TestDevice Device) Open()
    {
        var device = new TestDevice(Expect.Cached);
        s_data.CopyTo(device.Bytes[(8 * 512)..]);
        return (TestUnit.Open(device), device);
    }
}
