// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Logging;
using TcmuRunner.Configuration;
using TcmuRunner.Logging;

namespace TcmuRunner.Tests.Logging;

public sealed class DaemonLogTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly DaemonOptionsMonitor _options;
    private readonly DaemonLog _log;
    private readonly ILogger _logger;

    public DaemonLogTests()
    {
        Configure("log_level = 3");
        _options = new DaemonOptionsMonitor(_folder.Combine("tcmu.conf"), new DaemonOptionsReader(false, null), []);
        _log = new DaemonLog(_options, interactive: false);
        _logger = _log.Factory.CreateLogger("test");
    }

    public void Dispose()
    {
        _log.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void The_file_is_for_its_owner_and_the_folder_for_all_to_look_into()
    {
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(LogPath("log")));
        Assert.Equal((UnixFileMode)0b111_101_101, File.GetUnixFileMode(_folder.Combine("log")));
    }

    [Theory]
    [InlineData(0, LogLevel.Critical)]
    [InlineData(1, LogLevel.Error)]
    [InlineData(2, LogLevel.Warning)]
    [InlineData(3, LogLevel.Information)]
    [InlineData(4, LogLevel.Debug)]
    [InlineData(5, LogLevel.Trace)]
    public void Each_number_lets_its_level_and_the_ones_above_through(int number, LogLevel least)
    {
        Configure($"log_level = {number}");
        _options.Reload([]);

        foreach (LogLevel level in Enum.GetValues<LogLevel>())
        {
            Assert.Equal(level >= least && level != LogLevel.None, _logger.IsEnabled(level));
        }
    }

    [Fact]
    public void A_changed_level_takes_effect_without_a_new_logger()
    {
        _logger.LogDebug("before");
        Configure("log_level = 4");
        _options.Reload([]);
        _logger.LogDebug("after");
        _log.Dispose();

        string line = Assert.Single(File.ReadAllLines(LogPath("log")));
        Assert.EndsWith(" [DEBUG] after", line, StringComparison.Ordinal);
    }

    [Fact]
    public void A_changed_folder_moves_the_log_there()
    {
        Configure("log_level = 3", "elsewhere");
        _options.Reload([]);
        _logger.LogInformation("after");
        _log.Dispose();

        Assert.Empty(File.ReadAllText(LogPath("log")));
        Assert.EndsWith(" [INFO] after\n", File.ReadAllText(LogPath("elsewhere")), StringComparison.Ordinal);
    }

    [Fact]
    public void After_a_rotation_the_log_goes_on_in_a_new_file()
    {
        string rotated = _folder.Combine("log", "tcmu-runner.log.1");
        File.Move(LogPath("log"), rotated);

        _log.Reopen();
        _logger.LogInformation("after");
        _log.Dispose();

        Assert.Empty(File.ReadAllText(rotated));
        Assert.EndsWith(" [INFO] after\n", File.ReadAllText(LogPath("log")), StringComparison.Ordinal);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(LogPath("log")));
    }

    [Fact]
    public void A_log_that_exists_is_appended_to()
    {
        _logger.LogInformation("one");
        _log.Dispose();
        using (var second = new DaemonLog(_options, interactive: false))
        {
            second.Factory.CreateLogger("test").LogInformation("two");
        }

        Assert.Equal(["one", "two"], File.ReadAllLines(LogPath("log")).Select(line => line[^3..]));
    }

    [Fact]
    public void The_device_of_a_scope_reaches_the_line()
    {
        using (_logger.BeginScope(new Dictionary<string, object> { ["Device"] = "file/disk1" }))
        {
            _logger.LogWarning("it is slow");
        }

        _log.Dispose();

        Assert.EndsWith(" [WARN] [file/disk1] it is slow\n", File.ReadAllText(LogPath("log")), StringComparison.Ordinal);
    }

    private string LogPath(string folder) => _folder.Combine(folder, "tcmu-runner.log");

    private void Configure(string setting, string folder = "log") =>
        _folder.Write("tcmu.conf", $"{setting}\nlog_dir_path = {_folder.Combine(folder)}\n");
}
