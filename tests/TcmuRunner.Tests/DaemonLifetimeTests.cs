// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Hosting;
using TcmuRunner.Configuration;
using TcmuRunner.Logging;

namespace TcmuRunner.Tests;

/// <summary>Sends real signals to this process, which the tests of this class receive one after the other.</summary>
public sealed class DaemonLifetimeTests : IDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(20);

    private readonly TemporaryFolder _folder = new();
    private readonly DaemonLog _log;

    public DaemonLifetimeTests()
    {
        var reader = new DaemonOptionsReader(false, _folder.Path);
        _log = new DaemonLog(new DaemonOptionsMonitor(_folder.Combine("tcmu.conf"), reader, []), interactive: false);
    }

    private string LogPath => _folder.Combine("tcmu-runner.log");

    public void Dispose()
    {
        _log.Dispose();
        _folder.Dispose();
    }

    /// <summary>SIGINT is the same code; it is not sent, because the test runner takes it for itself.</summary>
    [Fact]
    public async Task A_request_to_stop_stops_the_application()
    {
        using var application = new ApplicationStub();
        using var lifetime = new DaemonLifetime(application, _log, static () => { });
        await lifetime.WaitForStartAsync(TestContext.Current.CancellationToken);

        await SendAsync("TERM");
        await application.Stopped.WaitAsync(s_limit);
        _log.Dispose();

        Assert.EndsWith("tcmu-runner stops: SIGTERM\n", await File.ReadAllTextAsync(LogPath), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_hangup_reads_the_configuration_opens_the_log_again_and_stops_nothing()
    {
        int reloads = 0;
        using var application = new ApplicationStub();
        using var lifetime = new DaemonLifetime(application, _log, () => reloads++);
        await lifetime.WaitForStartAsync(TestContext.Current.CancellationToken);
        using var watcher = new FileSystemWatcher(_folder.Path, "tcmu-runner.log");
        var appeared = new TaskCompletionSource();
        watcher.Created += (_, _) => appeared.TrySetResult();
        watcher.EnableRaisingEvents = true;
        File.Move(LogPath, LogPath + ".1");

        await SendAsync("HUP");
        await appeared.Task.WaitAsync(s_limit);

        Assert.Equal(1, reloads);
        Assert.False(application.Stopped.IsCompleted);
    }

    private static async Task SendAsync(string signal)
    {
        using Process kill = Process.Start("kill", ["-" + signal, Environment.ProcessId.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
        Assert.Equal(0, kill.ExitCode);
    }

    private sealed class ApplicationStub : IHostApplicationLifetime, IDisposable
    {
        private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly CancellationTokenSource _never = new();

        internal Task Stopped => _stopped.Task;

        public CancellationToken ApplicationStarted => _never.Token;

        public CancellationToken ApplicationStopping => _never.Token;

        public CancellationToken ApplicationStopped => _never.Token;

        public void StopApplication() => _stopped.TrySetResult();

        public void Dispose() => _never.Dispose();
    }
}
