// SPDX-License-Identifier: Apache-2.0
using System.ComponentModel;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using TcmuRunner.Configuration;
using TcmuRunner.Control;
using TcmuRunner.DBus;
using TcmuRunner.DBus.Service;
using TcmuRunner.DBus.Tests;
using TcmuRunner.Handlers.File;
using TcmuRunner.Handlers.Memory;
using TcmuRunner.Io;
using TcmuRunner.Iscsi;
using TcmuRunner.Logging;
using TcmuRunner.Targets;
using TcmuRunner.Tcmu;
using TcmuRunner.TestKit.Scsi;

namespace TcmuRunner.Tests.Targets;

/// <summary>The targets of a daemon with a file of its own, on a private bus, with an address where nobody else listens.</summary>
internal sealed class RunningTargets : IAsyncDisposable
{
    internal const string Name = "iqn.2026-11.test:disks";
    internal const string TargetPath = "/org/kernel/TCMUService1/targets/iqn_2e2026_2d11_2etest_3adisks/1";
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(120);

    private readonly TemporaryFolder _folder = new();
    private readonly MessageBus _bus;
    private readonly TargetsService _targets;
    private readonly DaemonLog _log;
    private readonly ConfigurationWatcher _watcher;
    private readonly TcmuFront _front;
    private readonly TcmuService _service;
    private readonly SemaphoreSlim _changed = new(0);
    private BusConnection? _client;

    private RunningTargets(MessageBus bus)
    {
        _bus = bus;
        var catalog = new TestCatalog(new FileHandler(), new MemoryHandler());
        var options = new DaemonOptionsMonitor(_folder.Write("tcmu.conf", ""), new DaemonOptionsReader(false, _folder.Path), []);
        _log = new DaemonLog(options, interactive: false);
        _watcher = new ConfigurationWatcher(options, NullLogger<ConfigurationWatcher>.Instance, TimeProvider.System);
        var paths = new TcmuPaths { ConfigFsTarget = _folder.Path };
        _front = new TcmuFront(new TcmuFrontOptions { Paths = paths }, catalog, new AsyncFileSystem(), NullLoggerFactory.Instance, TimeProvider.System);
        _targets = new TargetsService(File, new IscsiFrontOptions { LoopCount = 2 }, catalog, NullLoggerFactory.Instance);
        Control = new TargetsControl(_targets);
        _service = new TcmuService(
            new DaemonControl(catalog, _front, paths, _log, _watcher, Control),
            new BusServerOptions { Name = ServiceNames.Service, Address = bus.Address },
            NullLogger.Instance,
            TimeProvider.System);
        _targets.Changed += _service.UpdateDevices;
        _targets.Changed += () => _changed.Release();
    }

    internal ITargetsControl Control { get; }

    internal string Folder => _folder.Path;

    /// <summary>The targets file, which is not there at the beginning.</summary>
    internal string File => _folder.Combine("targets.json");

    /// <summary>An address of this machine's own network, so that two tests hardly ever want the same port.</summary>
    internal string Portal { get; } = FreePortal();

    /// <param name="withTarget">Whether there is a target, into which everybody may log in.</param>
    internal static async Task<RunningTargets> StartAsync(bool withTarget = false)
    {
        var running = new RunningTargets(await MessageBus.StartAsync());
        await running._targets.StartAsync(CancellationToken.None);
        running._client = await BusConnection.ConnectAsync(running._bus.Address).WaitAsync(s_limit);
        using (IDisposable watch = await running._client.WatchNameAsync(ServiceNames.Service, _ => running._changed.Release()))
        {
            running._service.Start();
            await running.WaitForAsync(async () => await running._client.GetNameOwnerAsync(ServiceNames.Service) is not null);
        }

        if (withTarget)
        {
            await running.CallAsync(ServiceNames.TargetsPath, ServiceNames.Targets, "Create", "sqas", Name, (ushort)1, new[] { running.Portal });
            await running.CallTargetAsync("SetAnyInitiator", "bb", true, false);
        }

        return running;
    }

    /// <summary>Makes a file that a disk is in.</summary>
    /// <returns>Its configuration string.</returns>
    internal string CreateImage(string name, long sizeBytes)
    {
        using FileStream file = System.IO.File.Create(_folder.Combine(name));
        file.SetLength(sizeBytes);
        return $"file/{file.Name}";
    }

    internal string Url(int lun, string credentials = "") => $"iscsi://{credentials}{Portal}/{Name}/{lun}";

    internal Task<object[]> CallAsync(string path, string interfaceName, string member, string signature = "", params object[] arguments) =>
        _client!.CallAsync(ServiceNames.Service, path, interfaceName, member, signature, arguments).WaitAsync(s_limit);

    internal Task<object[]> CallTargetAsync(string member, string signature, params object[] arguments) =>
        CallAsync(TargetPath, ServiceNames.Target, member, signature, arguments);

    /// <summary>The paths of all targets and sessions.</summary>
    internal async Task<IReadOnlyList<string>> ManagedAsync() =>
        [.. ((Dictionary<object, object>)(await CallAsync(ServiceNames.TargetsPath, "org.freedesktop.DBus.ObjectManager", "GetManagedObjects"))[0]).Keys.Cast<string>()];

    /// <summary>Waits until something is so, looking again whenever targets or sessions change.</summary>
    internal async Task WaitForAsync(Func<Task<bool>> condition)
    {
        var time = Stopwatch.StartNew();
        while (!await condition())
        {
            // The objects follow a moment after the change itself.
            await _changed.WaitAsync(TimeSpan.FromMilliseconds(50));
            Assert.True(time.Elapsed < s_limit, "It does not come to pass.");
        }
    }

    /// <summary>Runs an initiator.</summary>
    internal static async Task<(int Status, string Output)> RunAsync(string program, params string[] words)
    {
        using Process process = Start(program, words);
        process.StandardInput.Close();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync().WaitAsync(s_limit);
        await process.WaitForExitAsync().WaitAsync(s_limit);
        return (process.ExitCode, output + await errors);
    }

    internal static Process Start(string program, params string[] words)
    {
        var start = new ProcessStartInfo(program, words) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception)
        {
            Assert.Skip($"{program} is missing: install libiscsi-bin, qemu-utils and qemu-block-extra.");
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _client!.DisposeAsync();
        await _service.DisposeAsync();
        await _targets.DisposeAsync();
        await _front.DisposeAsync();
        await _bus.DisposeAsync();
        _watcher.Dispose();
        _log.Dispose();
        _folder.Dispose();
    }

    private static string FreePortal()
    {
        Span<byte> address = [127, (byte)Random.Shared.Next(1, 255), (byte)Random.Shared.Next(1, 255), (byte)Random.Shared.Next(1, 255)];
        using var probe = new TcpListener(new IPAddress(address), 0);
        probe.Start();
        return probe.LocalEndpoint.ToString()!;
    }
}
