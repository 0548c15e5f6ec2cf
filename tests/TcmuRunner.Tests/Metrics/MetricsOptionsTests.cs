// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Configuration;
using TcmuRunner.Metrics;

namespace TcmuRunner.Tests.Metrics;

public sealed class MetricsOptionsTests
{
    [Theory]
    [InlineData("127.0.0.1:9177", "127.0.0.1:9177", null)]
    [InlineData("[::1]:9177", "[::1]:9177", null)]
    [InlineData("unix:/run/tcmu.sock", null, "/run/tcmu.sock")]
    [InlineData("", null, null)]
    public void An_address_of_this_machine_is_taken(string text, string? listen, string? path)
    {
        MetricsOptions options = new MetricsOptions().WithListen(text).Options!;

        Assert.Equal((listen, path), (options.Listen?.ToString(), options.SocketPath));
        Assert.Equal(text.Length > 0, options.IsWanted);
    }

    [Theory]
    [InlineData("0.0.0.0:9177", "loopback")]
    [InlineData("192.0.2.1:9177", "loopback")]
    [InlineData("[::]:9177", "loopback")]
    [InlineData("127.0.0.1", "ADDRESS:PORT")]
    [InlineData("localhost:9177", "ADDRESS:PORT")]
    [InlineData("unix:relative", "ADDRESS:PORT")]
    [InlineData("9177", "ADDRESS:PORT")]
    public void Every_other_address_is_refused_with_the_reason(string text, string reason) =>
        Assert.Contains(reason, new MetricsOptions().WithListen(text).Reason, StringComparison.Ordinal);

    [Theory]
    [InlineData("http://127.0.0.1:4317", true)]
    [InlineData("https://collector.example/v1/metrics", true)]
    [InlineData("", false)]
    [InlineData("collector:4317", null)]
    [InlineData("ftp://collector", null)]
    public void A_collector_is_a_URL(string text, bool? isWanted) => Assert.Equal(isWanted, new MetricsOptions().WithOtlp(text).Options?.IsWanted);

    [Fact]
    public void A_bad_value_keeps_what_was_in_force()
    {
        var problems = new List<ConfigurationProblem>();
        var entries = new List<ConfigurationEntry>();
        ConfigurationText.Parse("metrics_listen = \"0.0.0.0:1\"\notlp_endpoint = \"x\"\nslow_command_ms = -1\n", entries, problems);
        DaemonOptions previous = new() { SlowCommandThreshold = TimeSpan.FromSeconds(1) };

        DaemonOptions options = new DaemonOptionsReader(false, null).Read(entries, previous, problems);

        Assert.Equal(["metrics_listen", "otlp_endpoint", "slow_command_ms"], problems.Select(problem => problem.Key));
        Assert.Equal(previous, options);
    }
}
