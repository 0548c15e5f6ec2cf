// SPDX-License-Identifier: Apache-2.0
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using TcmuRunner.Configuration;

namespace TcmuRunner.Tests.Configuration;

public sealed class ConfigurationWatcherTests : IDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(20);

    private readonly TemporaryFolder _folder = new();
    private readonly RecordingLogger<ConfigurationWatcher> _logger = new();
    private readonly Channel<DaemonOptions> _changes = Channel.CreateUnbounded<DaemonOptions>();
    private DaemonOptionsMonitor? _options;
    private ConfigurationWatcher? _watcher;

    public void Dispose()
    {
        _watcher?.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_file_that_is_written_to_is_read_again()
    {
        string path = _folder.Write("tcmu.conf", "log_level = 1\n");
        await StartAsync(path);

        await File.AppendAllTextAsync(path, "log_level = 4\n");

        Assert.Equal(LogVerbosity.Debug, (await NextAsync()).LogLevel);
    }

    [Fact]
    public async Task A_file_that_is_replaced_by_rename_is_read_again()
    {
        string path = _folder.Write("tcmu.conf", "log_level = 1\n");
        await StartAsync(path);

        File.Move(_folder.Write("tcmu.conf.new", "log_level = 2\n"), path, overwrite: true);

        Assert.Equal(LogVerbosity.Warning, (await NextAsync()).LogLevel);
    }

    [Fact]
    public async Task A_file_that_a_link_leads_to_is_read_again_when_the_link_is_replaced()
    {
        string path = _folder.Combine("tcmu.conf");
        File.CreateSymbolicLink(path, _folder.Write("one", "log_level = 1\n"));
        await StartAsync(path);

        string link = _folder.Combine("link");
        File.CreateSymbolicLink(link, _folder.Write("two", "log_level = 2\n"));
        File.Move(link, path, overwrite: true);

        Assert.Equal(LogVerbosity.Warning, (await NextAsync()).LogLevel);
    }

    [Fact]
    public async Task A_file_that_appears_later_is_read()
    {
        string path = _folder.Combine("tcmu.conf");
        await StartAsync(path);

        await File.WriteAllTextAsync(path, "log_level = 0\n");

        Assert.Equal(LogVerbosity.Critical, (await NextAsync()).LogLevel);
    }

    [Fact]
    public async Task A_file_that_goes_leaves_the_defaults()
    {
        string path = _folder.Write("tcmu.conf", "log_level = 1\n");
        await StartAsync(path);

        File.Delete(path);

        Assert.Equal(new DaemonOptions(), await NextAsync());
    }

    [Fact]
    public async Task The_folders_of_the_file_may_appear_later_and_go_and_come_again()
    {
        string path = _folder.Combine("etc", "tcmu", "tcmu.conf");
        await StartAsync(path);

        for (int round = 0; round < 2; round++)
        {
            Directory.CreateDirectory(_folder.Combine("etc"));
            Directory.CreateDirectory(_folder.Combine("etc", "tcmu"));
            await File.WriteAllTextAsync(path, "log_level = 4\n");
            Assert.Equal(LogVerbosity.Debug, (await NextAsync()).LogLevel);

            Directory.Delete(_folder.Combine("etc"), recursive: true);
            Assert.Equal(new DaemonOptions(), await NextAsync());
        }
    }

    [Fact]
    public async Task A_folder_that_another_one_replaces_at_once_is_watched_too()
    {
        Directory.CreateDirectory(_folder.Combine("etc", "tcmu"));
        Directory.CreateDirectory(_folder.Combine("etc", "next"));
        string path = _folder.Write(Path.Combine("etc", "tcmu", "tcmu.conf"), "log_level = 1\n");
        _folder.Write(Path.Combine("etc", "next", "tcmu.conf"), "log_level = 2\n");
        await StartAsync(path);

        Directory.Move(_folder.Combine("etc", "tcmu"), _folder.Combine("etc", "last"));
        Directory.Move(_folder.Combine("etc", "next"), _folder.Combine("etc", "tcmu"));
        Assert.Equal(LogVerbosity.Warning, (await NextAsync()).LogLevel);

        await File.WriteAllTextAsync(path, "log_level = 4\n");
        Assert.Equal(LogVerbosity.Debug, (await NextAsync()).LogLevel);
    }

    [Fact]
    public async Task A_bad_value_is_logged_with_file_line_and_key_and_changes_nothing()
    {
        string path = _folder.Write("tcmu.conf", "log_level = 4\n");
        await StartAsync(path);

        await File.WriteAllTextAsync(path, "log_level = 9\nio_uring = no\n");
        DaemonOptions options = await NextAsync();
        // The log follows the change; the watcher does not stop before both are done.
        await _watcher!.StopAsync(TestContext.Current.CancellationToken);

        Assert.Equal(new DaemonOptions { LogLevel = LogVerbosity.Debug, UseIoUring = false }, options);
        Assert.Contains(
            $"Warning: {path}, line 1: log_level: '9' is not a log level: 0 to 5; what was in force before stays",
            _logger.AtLeast(LogLevel.Warning));
    }

    [Fact]
    public async Task A_change_between_the_first_reading_and_the_start_is_not_lost()
    {
        string path = _folder.Write("tcmu.conf", "log_level = 1\n");
        Prepare(path);
        await File.WriteAllTextAsync(path, "log_level = 2\n");

        await _watcher!.StartAsync(TestContext.Current.CancellationToken);

        Assert.Equal(LogVerbosity.Warning, (await NextAsync()).LogLevel);
    }

    [Fact]
    public async Task A_file_that_cannot_be_read_is_named_and_changes_nothing()
    {
        string path = _folder.Write("tcmu.conf", "log_level = 1\n");
        Prepare(path);
        File.Delete(path);
        Directory.CreateDirectory(path);

        await _watcher!.StartAsync(TestContext.Current.CancellationToken);

        Assert.StartsWith($"Warning: {path}: the file cannot be read: ", _logger.Single(LogLevel.Warning), StringComparison.Ordinal);
        Assert.Equal(LogVerbosity.Error, _options!.CurrentValue.LogLevel);
    }

    [Fact]
    public async Task A_file_that_is_far_too_long_is_refused()
    {
        string path = _folder.Write("tcmu.conf", new string('#', (2 << 20) + 1));
        Prepare(path, out List<ConfigurationProblem> problems);

        await _watcher!.StartAsync(TestContext.Current.CancellationToken);

        Assert.Equal("the file is longer than 2097152 bytes", Assert.Single(problems).Reason);
    }

    private async Task StartAsync(string path)
    {
        Prepare(path);
        await _watcher!.StartAsync(TestContext.Current.CancellationToken);
    }

    private void Prepare(string path) => Prepare(path, out _);

    private void Prepare(string path, out List<ConfigurationProblem> problems)
    {
        problems = [];
        _options = new DaemonOptionsMonitor(path, new DaemonOptionsReader(false, null), problems);
        _options.OnChange((options, _) => _changes.Writer.TryWrite(options));
        _watcher = new ConfigurationWatcher(_options, _logger, TimeProvider.System);
    }

    private async Task<DaemonOptions> NextAsync() => await _changes.Reader.ReadAsync().AsTask().WaitAsync(s_limit);
}
