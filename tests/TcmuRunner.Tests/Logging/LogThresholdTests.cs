// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Logging;
using TcmuRunner.Configuration;
using TcmuRunner.Logging;

namespace TcmuRunner.Tests.Logging;

public sealed class LogThresholdTests
{
    [Theory]
    [InlineData("TcmuRunner.Tcmu.TcmuFront", null)]
    [InlineData("TcmuRunner.Tcmu.file/disk1", "file/disk1")]
    [InlineData("TcmuRunner.Tcmu.file/disk.v2", "file/disk.v2")]
    public void A_category_tells_its_device(string category, string? device) => Assert.Equal(device, ThresholdLoggerFactory.DeviceIn(category));

    [Fact]
    public void A_device_has_a_level_of_its_own_until_it_has_the_daemon_s_again()
    {
        var thresholds = new LogThresholds();
        thresholds.Set(LogVerbosity.Warning);
        LogThreshold daemon = thresholds.For(null), device = thresholds.For("file/disk1");

        thresholds.Set("file/disk1", LogVerbosity.DebugScsiCommands);

        Assert.Equal((false, true), (daemon.Passes(LogLevel.Information), device.Passes(LogLevel.Trace)));
        Assert.Equal((LogVerbosity.Warning, LogVerbosity.DebugScsiCommands), (thresholds.Level, thresholds.Widest));
        thresholds.Set(LogVerbosity.Error);
        Assert.Equal((false, true), (daemon.Passes(LogLevel.Warning), device.Passes(LogLevel.Trace)));
        thresholds.Set("file/disk1", null);
        Assert.Equal((true, false), (device.Passes(LogLevel.Error), device.Passes(LogLevel.Warning)));
        Assert.Null(thresholds.LevelOf("file/disk1"));
    }

    [Fact]
    public void A_level_can_be_set_before_the_device_exists()
    {
        var thresholds = new LogThresholds();
        thresholds.Set(LogVerbosity.Information);
        thresholds.Set("file/later", LogVerbosity.Debug);

        Assert.True(thresholds.For("file/later").Passes(LogLevel.Debug));
        Assert.Equal(LogVerbosity.Debug, thresholds.LevelOf("file/later"));
    }
}
