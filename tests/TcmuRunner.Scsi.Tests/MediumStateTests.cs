// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;
using TcmuRunner.TestKit.Scsi;

namespace TcmuRunner.Scsi.Tests;

/// <summary>FORMAT UNIT and SANITIZE that the end of the daemon cuts off (SBC-4).</summary>
public sealed class MediumStateTests : IDisposable
{
    private const string Ready = "00 00 00 00 00 00";
    private const string Read = "28 00 00000000 00 0001 00";
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("tcmu-runner-test");

    public void Dispose() => _directory.Delete(recursive: true);

    [Theory]
    [InlineData("48 82 00 00 00 00 00 0000 00", "", 0x00)]
    [InlineData("48 81 00 00 00 00 00 0005 00", "01 00 0001 F0", 0xF0)]
    [InlineData("48 81 00 00 00 00 00 0005 00 000000000000", "01 00 0001 F0", 0xF0)]
    public async Task A_sanitize_goes_on_after_a_restart(string cdb, string list, byte expected)
    {
        await CutOffAsync(cdb, list);
        var device = new TestDevice(Expect.Cached);
        device.Bytes.Fill(0x55);
        var release = new TaskCompletionSource();
        device.Delay = (_, _) => release.Task;

        await using LogicalUnit unit = Open(device);
        Expect.Sense("2 04/1B", unit.Run(Read, dataIn: 512));
        release.SetResult();
        await UntilReadyAsync(unit);

        Assert.False(device.Bytes.ContainsAnyExcept(expected));
        Assert.Empty(_directory.GetFiles());
    }

    [Fact]
    public async Task A_medium_that_is_half_formatted_is_closed_until_it_is_formatted()
    {
        await CutOffAsync("04 10 00 00 00 00", "00 02 00 00");

        await using LogicalUnit unit = Open(new TestDevice(Expect.Cached));
        Expect.Sense("3 31/00", unit.Run(Read, dataIn: 512));
        Expect.Good(unit.Run("12 00 00 00 FF 00", dataIn: 255));
        Expect.Good(unit.Run("04 00 00 00 00 00"));

        Expect.Good(unit.Run(Read, dataIn: 512));
        Assert.Empty(_directory.GetFiles());
    }

    [Fact]
    public async Task What_has_ended_leaves_nothing_behind()
    {
        await using LogicalUnit unit = Open(new TestDevice(Expect.Cached));

        Expect.Good(unit.Run("48 02 00 00 00 00 00 0000 00"));
        Expect.Good(unit.Run("04 00 00 00 00 00"));

        Assert.Empty(_directory.GetFiles());
    }

    [Fact]
    public async Task Leaving_the_failure_mode_is_remembered_too()
    {
        var device = new TestDevice(Expect.Cached) { Outcome = _ => IoOutcome.WriteError };
        await using (LogicalUnit unit = Open(device))
        {
            Expect.Sense("3 0C/00", unit.Run("48 22 00 00 00 00 00 0000 00"));
            Assert.Single(_directory.GetFiles());

            Expect.Good(unit.Run("48 1F 00 00 00 00 00 0000 00"));
        }

        Assert.Empty(_directory.GetFiles());
    }

    [Theory]
    [InlineData("48 02 00 00 00 00 00 0000 00")]
    [InlineData("48 82 00 00 00 00 00 0000 00")]
    public async Task What_cannot_be_remembered_does_not_begin(string cdb)
    {
        File.WriteAllText(Path.Combine(_directory.FullName, "file"), "");
        var device = new TestDevice(Expect.Cached);
        await using LogicalUnit unit = TestUnit.Open(device, TestUnit.Options with { MediumStore = new FileUnitStateStore(Path.Combine(_directory.FullName, "file"), "disk", FileUnitStateStore.Medium) });

        Expect.Sense("4 44/00", unit.Run(cdb));

        Assert.Empty(device.Calls);
        Expect.Good(unit.Run(Ready));
    }

    [Theory]
    [InlineData("", "cannot be read")]
    [InlineData("{}", "cannot be read")]
    [InlineData("""{"version":2,"cdb":"","parameterList":""}""", "version 2 is not known")]
    [InlineData("""{"version":1,"cdb":"48","parameterList":""}""", "neither of the two")]
    [InlineData("""{"version":1,"cdb":"480200000000000000","parameterList":""}""", "neither of the two")]
    [InlineData("""{"version":1,"cdb":"481F0000000000000000","parameterList":""}""", "neither of the two")]
    [InlineData("""{"version":1,"cdb":"48010000000000000500","parameterList":"00000001F0"}""", "neither of the two")]
    [InlineData("""{"version":1,"cdb":"zz","parameterList":""}""", "cannot be read")]
    public void A_damaged_file_keeps_the_disk_closed_and_is_named(string content, string reason)
    {
        File.WriteAllText(Store().Location, content);

        HandlerException exception = Assert.Throws<HandlerException>(() => Open(new TestDevice(Expect.Cached)));

        Assert.Contains(Store().Location, exception.Message, StringComparison.Ordinal);
        Assert.Contains(reason, exception.Message, StringComparison.Ordinal);
    }

    // The daemon ends while the medium is being overwritten.
    private async Task CutOffAsync(string cdb, string list)
    {
        var writing = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        var device = new TestDevice(Expect.Cached)
        {
            Delay = (_, _) =>
            {
                writing.TrySetResult();
                return release.Task;
            },
        };
        LogicalUnit unit = Open(device);
        Expect.Good(unit.Run(cdb, Expect.Hex(list)));
        await writing.Task;
        device.Outcome = _ => IoOutcome.WriteError;
        Task closed = unit.DisposeAsync().AsTask();
        release.SetResult();
        await closed;
        Assert.Single(_directory.GetFiles());
    }

    private FileUnitStateStore Store() => new(_directory.FullName, "disk", FileUnitStateStore.Medium);

    private LogicalUnit Open(TestDevice device) => TestUnit.Open(device, TestUnit.Options with { MediumStore = Store() });

    private static async Task UntilReadyAsync(LogicalUnit unit)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (unit.Run(Ready).Status != ScsiStatus.Good)
        {
            await Task.Delay(1, limit.Token);
        }
    }
}
