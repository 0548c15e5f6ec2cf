// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using TcmuRunner.Metrics;
using TcmuRunner.Scsi;
using TcmuRunner.Tcmu;
using TcmuRunner.TestKit.Scsi;

namespace TcmuRunner.Tests.Metrics;

/// <summary>The page as Prometheus's own strict parser reads it.</summary>
// Listeners hear all meters of a name in the process: one class at a time has some.
[Collection("Meters")]
public sealed class OpenMetricsParserTests
{
    // Debian's package, whatever other Python there may be.
    private const string Python = "/usr/bin/python3";

    private const string Program = """
        import sys
        from prometheus_client.openmetrics.parser import text_string_to_metric_families
        for family in text_string_to_metric_families(sys.stdin.read()):
            print(family.name, family.type, family.unit, len(family.samples))
        """;

    [Fact]
    public async Task Prometheus_takes_the_page_as_it_is()
    {
        Assert.SkipUnless(
            File.Exists(Python) && Directory.Exists("/usr/lib/python3/dist-packages/prometheus_client"), "Debian's python3-prometheus-client is not installed.");
        var monitors = new UnitMonitors { Counts = true };
        string[] names = ["test/disk", "test/a\"b\\c"];
        foreach (string name in names)
        {
            await using LogicalUnit unit = TestUnit.OpenMemory(TestUnit.Options with { Monitor = monitors.Get(name) });
            unit.Run("28 00 00000000 00 0008 00", dataIn: 4096);
            unit.Run("28 00 FFFFFFF0 00 0008 00", dataIn: 4096);
        }

        using var metrics = new DeviceMetrics(new DaemonNumbers(monitors, () => [.. names.Select(Status)], () => [], () => []), TimeProvider.System);
        using var text = new OpenMetricsText(DeviceMetrics.MeterName);

        string[] families = (await ParseAsync(text.Collect())).Split('\n', StringSplitOptions.RemoveEmptyEntries);

        // Two disks, five kinds of commands, 22 buckets with a count and a sum.
        Assert.Contains("tcmu_device_command_duration_seconds histogram seconds 240", families);
        Assert.Contains("tcmu_device_io_bytes counter bytes 4", families);
        Assert.Contains("tcmu_device_queue_depth gauge  2", families);
        Assert.Contains("tcmu_device_lock_lost counter  2", families);
        Assert.Equal(12, families.Length);
    }

    private static async Task<string> ParseAsync(string page)
    {
        var start = new ProcessStartInfo(Python, ["-c", Program]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        await process.StandardInput.WriteAsync(page);
        process.StandardInput.Close();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, await errors + page);
        return output;
    }

    private static TcmuDeviceStatus Status(string name) => new()
    {
        Name = name,
        ConfigFsName = "user_0/disk",
        UioName = "uio0",
        Configuration = "test/",
        SizeBytes = 1 << 20,
        State = TcmuDeviceState.Serving,
        LastError = null,
        Statistics = new TcmuDeviceStatistics(5, 4096, 3, 4160, 8388480, 0),
    };
}
