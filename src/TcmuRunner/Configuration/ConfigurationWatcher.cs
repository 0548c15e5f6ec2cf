// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace TcmuRunner.Configuration;

/// <summary>
/// Reads the configuration file again when it changes: when it is written to, replaced by rename, made, or removed, also together with its
/// folder.
/// </summary>
/// <remarks>
/// Watches the folder that the file is in, or the nearest one above it while that folder is missing, and from the folder above that one
/// whether it still is the same: a watch on a folder that is removed dies without a word, also when one of the same name follows. Never a
/// tree: inotify needs a watch for each folder of one. Started after the fronts, because watching takes time and nobody waits for it.
/// </remarks>
internal sealed class ConfigurationWatcher : IHostedService, IDisposable
{
    // Editors and installers touch a file several times in a row; one reading after the last of them is enough.
    private static readonly TimeSpan s_settleTime = TimeSpan.FromMilliseconds(100);

    private readonly DaemonOptionsMonitor _options;
    private readonly ILogger _logger;
    private readonly ITimer _timer;
    private readonly Lock _lock = new();
    private FileSystemWatcher? _watcher;
    private FileSystemWatcher? _parentWatcher;
    private bool _watcherFailed;
    private bool _stopped = true;

    /// <summary>Makes a watcher that does nothing yet.</summary>
    /// <param name="options">What is read again.</param>
    /// <param name="logger">Where to say so.</param>
    /// <param name="time">The clock.</param>
    internal ConfigurationWatcher(DaemonOptionsMonitor options, ILogger<ConfigurationWatcher> logger, TimeProvider time)
    {
        _options = options;
        _logger = logger;
        _timer = time.CreateTimer(
            static state => ((ConfigurationWatcher)state!).Refresh(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        // Reads the file once more: it may have changed between the first reading and now.
        _stopped = false;
        Refresh();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        Dispose();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            _stopped = true;
            EndWatch();
            _timer.Dispose();
        }
    }

    /// <summary>Reads the file again now, whether or not it seems to have changed. Any thread.</summary>
    internal void ReloadNow() => Refresh();

    private void Refresh()
    {
        lock (_lock)
        {
            if (_stopped)
            {
                return;
            }

            Watch();
            Reload();
        }
    }

    private void Reload()
    {
        var problems = new List<ConfigurationProblem>();
        DaemonOptions before = _options.CurrentValue;
        bool changed = _options.Reload(problems);
        Report(_logger, _options.Path, problems);
        if (!changed)
        {
            return;
        }

        DaemonOptions now = _options.CurrentValue;
        _logger.ConfigurationReloaded(_options.Path, (int)now.LogLevel, now.LogDirectory);
        if (now.UseIoUring != before.UseIoUring)
        {
            _logger.ConfigurationNeedsRestart(_options.Path, "io_uring");
        }

        if (now.Metrics != before.Metrics)
        {
            _logger.ConfigurationNeedsRestart(_options.Path, now.Metrics.OtlpEndpoint == before.Metrics.OtlpEndpoint ? "metrics_listen" : "otlp_endpoint");
        }
    }

    /// <summary>Says what is wrong with a configuration file.</summary>
    internal static void Report(ILogger logger, string path, List<ConfigurationProblem> problems)
    {
        foreach (ConfigurationProblem problem in problems)
        {
            if (problem.Line == 0)
            {
                logger.ConfigurationFileIgnored(path, problem.Reason);
            }
            else
            {
                logger.ConfigurationLineIgnored(path, problem.Line, problem.Key, problem.Reason);
            }
        }
    }

    // Repeats until the folder that it watches still is the right one: a folder can appear before the watch on the one above it works.
    private void Watch()
    {
        try
        {
            while (NearestFolder() is var folder && (_watcher is null || _watcherFailed || _watcher.Path != folder))
            {
                EndWatch();
                _watcherFailed = false;
                if (Path.GetDirectoryName(folder) is { } parent)
                {
                    _parentWatcher = new FileSystemWatcher(parent, Path.GetFileName(folder)) { NotifyFilter = NotifyFilters.DirectoryName };
                    _parentWatcher.Created += OnFolderChange;
                    _parentWatcher.Deleted += OnFolderChange;
                    _parentWatcher.Renamed += OnFolderChange;
                    _parentWatcher.Error += OnError;
                    _parentWatcher.EnableRaisingEvents = true;
                }

                _watcher = new FileSystemWatcher(folder);
                _watcher.Changed += OnChange;
                _watcher.Created += OnChange;
                _watcher.Deleted += OnChange;
                _watcher.Renamed += OnChange;
                _watcher.Error += OnError;
                _watcher.EnableRaisingEvents = true;
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            EndWatch();
            _logger.ConfigurationNotWatched(_options.Path, exception.Message);
        }
    }

    private void EndWatch()
    {
        _watcher?.Dispose();
        _watcher = null;
        _parentWatcher?.Dispose();
        _parentWatcher = null;
    }

    private string NearestFolder()
    {
        string folder = Path.GetDirectoryName(_options.Path) ?? "/";
        while (!Directory.Exists(folder))
        {
            folder = Path.GetDirectoryName(folder) ?? "/";
        }

        return folder;
    }

    private void OnChange(object sender, FileSystemEventArgs change) => _timer.Change(s_settleTime, Timeout.InfiniteTimeSpan);

    private void OnFolderChange(object sender, FileSystemEventArgs change) => WatchAfresh();

    // So many events came at once that some are lost.
    private void OnError(object sender, ErrorEventArgs error) => WatchAfresh();

    private void WatchAfresh()
    {
        Volatile.Write(ref _watcherFailed, true);
        _timer.Change(s_settleTime, Timeout.InfiniteTimeSpan);
    }
}
