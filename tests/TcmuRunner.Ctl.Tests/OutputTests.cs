// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Ctl.Bench;
using TcmuRunner.Ctl.Output;
using TcmuRunner.DBus.Tests;

namespace TcmuRunner.Ctl.Tests;

public sealed class OutputTests
{
    [Fact]
    public void A_tree_shows_what_belongs_to_what()
    {
        var tree = new TreeText();
        tree.Add(0, "daemon", "2 handlers");
        tree.Add(1, "file", "1 device");
        tree.Add(2, "disk1", "serving");
        tree.Add(3, "loopback", "/dev/sda");
        tree.Add(1, "memory", "a text that is longer than the line");

        Assert.Equal(
            [
                "o- daemon .................. [2 handlers]",
                "  o- file .................... [1 device]",
                "  | o- disk1 .................. [serving]",
                "  |   o- loopback ............ [/dev/sda]",
                "  o- memory ... [a text that is longer than the line]",
            ],
            tree.Lines(41));
    }

    [Fact]
    public void A_rate_is_what_came_between_two_looks()
    {
        DeviceInfo before = Device(commands: 100, bytes: 4096), after = Device(commands: 300, bytes: 12288);

        DeviceRate rate = Assert.Single(DeviceRate.Compare([before], [after], TimeSpan.FromSeconds(2)));

        Assert.Equal((100, 4096), (rate.CommandsPerSecond, rate.BytesPerSecond));
    }

    [Fact]
    public void A_device_that_is_new_or_was_opened_anew_does_not_jump()
    {
        Assert.Equal(0, DeviceRate.Compare([], [Device(1000, 0)], TimeSpan.FromSeconds(1))[0].CommandsPerSecond);
        Assert.Equal(10, DeviceRate.Compare([Device(1000, 0)], [Device(10, 0)], TimeSpan.FromSeconds(1))[0].CommandsPerSecond);
    }

    [Fact]
    public async Task A_benchmark_reads_the_file_and_orders_what_it_measured()
    {
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        await File.WriteAllBytesAsync(path, new byte[1 << 20]);
        try
        {
            ReadBenchmarkResult result = await ReadBenchmark.RunAsync(path, 4096, 2, TimeSpan.FromMilliseconds(100), CancellationToken.None);

            Assert.NotEmpty(result.Ticks);
            Assert.Equal(result.Ticks.Order(), result.Ticks);
            Assert.True(result.Latency(0.5) <= result.Latency(1));
            Assert.True(result.BytesPerSecond > 0);
        }
        catch (CtlException refused) when (refused.Message.Contains("Invalid argument", StringComparison.Ordinal))
        {
            Assert.Skip("The file system of temporary files has no O_DIRECT.");
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static DeviceInfo Device(ulong commands, ulong bytes) => new()
    {
        ObjectPath = "/d",
        Facts = FakeControl.Device("disk1") with { Commands = commands, DataBytes = bytes },
    };
}
