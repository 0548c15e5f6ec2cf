// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Logging;
using TcmuRunner.Abstractions;
using TcmuRunner.TestKit.Scsi;

namespace TcmuRunner.Scsi.Tests;

/// <summary>LOG SENSE, SEND DIAGNOSTIC, RECEIVE DIAGNOSTIC RESULTS, and the warning of a full backing store.</summary>
public sealed class DiagnosticsTests
{
    /// <summary>SPC-5 7.3.</summary>
    [Theory]
    [InlineData("4D 00 40 00 00 0000 00FF 00", "00 00 0004 00 0D 0E 2F")]
    [InlineData("4D 00 40 FF 00 0000 00FF 00", "40 FF 000A 0000 0D00 0E00 2F00 00FF")]
    [InlineData("4D 00 4D 00 00 0000 00FF 00", "0D 00 000C 0000 03 02 00FF 0001 03 02 00FF")]
    [InlineData("4D 00 4E 00 00 0000 00FF 00", "0E 00 0010 0003 03 04 FFFFFFFF 0004 03 04 00000000")]
    [InlineData("4D 00 6F 00 00 0000 00FF 00", "2F 00 0008 0000 03 04 0000FF00")]
    [InlineData("4D 00 40 00 00 0000 0006 00", "00 00 0004 00 0D")]
    public async Task Log_pages_are_right_to_the_byte(string cdb, string expected)
    {
        await using LogicalUnit unit = TestUnit.OpenMemory();

        Expect.Data(expected, unit.Run(cdb, dataIn: 255));
    }

    [Theory]
    [InlineData("4D 00 42 00 00 0000 00FF 00")]
    [InlineData("4D 00 4D 01 00 0000 00FF 00")]
    [InlineData("4D 01 40 00 00 0000 00FF 00")]
    [InlineData("4D 00 00 00 00 0000 00FF 00")]
    [InlineData("4D 00 4D 00 00 0005 00FF 00")]
    [InlineData("1C 01 40 00 FF 00")]
    [InlineData("1D 24 00 0000 00")]
    [InlineData("1D 20 00 0000 00")]
    [InlineData("1D 10 00 0004 00")]
    public async Task What_does_not_exist_is_an_invalid_field(string cdb)
    {
        await using LogicalUnit unit = TestUnit.OpenMemory();

        Expect.Sense("5 24/00", unit.Run(cdb, new byte[4], 255));
    }

    [Theory]
    [InlineData("1D 04 00 0000 00", 2)]
    [InlineData("1D A0 00 0000 00", 2)]
    [InlineData("1D 00 00 0000 00", 0)]
    public async Task A_self_test_reads_the_ends_of_the_disk(string cdb, int reads)
    {
        var device = new TestDevice(Expect.Cached);
        await using LogicalUnit unit = TestUnit.Open(device);

        Expect.Good(unit.Run(cdb));

        Assert.Equal(reads, device.Calls.Count);
        Expect.Data("00 00 0001 00", unit.Run("1C 01 00 00FF 00", dataIn: 255));
    }

    [Fact]
    public async Task A_broken_disk_fails_its_self_test()
    {
        await using LogicalUnit unit = TestUnit.Open(new TestDevice(Expect.Cached) { Outcome = _ => IoOutcome.ReadError });

        Expect.Sense("4 3E/03", unit.Run("1D 04 00 0000 00"));
    }

    /// <summary>SBC-4 4.7.3.8: who meets the end of the space gets DATA PROTECT, the others a warning, once.</summary>
    [Fact]
    public async Task A_full_store_warns_the_other_initiators()
    {
        var logger = new ListLogger();
        var device = new TestDevice(Expect.Cached) { Outcome = operation => operation == "write" ? IoOutcome.NoSpace : IoStatus.Good };
        await using LogicalUnit unit = TestUnit.Open(device, logger: logger);
        var other = new ItNexus("other");
        unit.AddNexus(TestUnit.Nexus);
        unit.AddNexus(other);

        Expect.Sense("7 27/07", unit.Run("2A 00 00000000 00 0001 00", new byte[512]));
        Expect.Sense("7 27/07", unit.Run("2A 00 00000000 00 0001 00", new byte[512]));

        Expect.Sense("6 38/07", unit.Run("00 00 00 00 00 00", nexus: other));
        Expect.Good(unit.Run("00 00 00 00 00 00", nexus: other));
        Assert.Equal(1, logger.Count(LogLevel.Warning));
    }
}
