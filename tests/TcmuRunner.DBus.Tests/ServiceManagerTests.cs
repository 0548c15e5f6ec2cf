// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.DBus.Tests;

public sealed class ServiceManagerTests
{
    /// <summary>sd_watchdog_enabled(3): a limit for another process, as for one that started this, is none of ours.</summary>
    [Theory]
    [InlineData(null, null, null)]
    [InlineData("", "", null)]
    [InlineData("20000000", null, 20000)]
    [InlineData("20000000", "77", 20000)]
    [InlineData("20000000", "78", null)]
    [InlineData("0", "77", null)]
    [InlineData("-5", "77", null)]
    [InlineData("soon", "77", null)]
    public void The_watchdog_s_limit_is_read(string? microseconds, string? processId, int? milliseconds) => Assert.Equal(
        milliseconds is { } value ? TimeSpan.FromMilliseconds(value) : null, ServiceManager.ReadWatchdogLimit(microseconds, processId, 77));

    [Fact]
    public void Without_a_service_manager_nobody_is_told()
    {
        Assert.SkipWhen(ServiceManager.IsListening, "A service manager started the tests.");

        Assert.False(ServiceManager.Notify("STATUS=testing"));
    }
}
