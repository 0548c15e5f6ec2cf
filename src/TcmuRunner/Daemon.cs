// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using TcmuRunner.Configuration;
using TcmuRunner.Control;
using TcmuRunner.Handlers;
using TcmuRunner.Io;
using TcmuRunner.Iscsi;
using TcmuRunner.Logging;
using TcmuRunner.Metrics;
using TcmuRunner.Scsi;
using TcmuRunner.Targets;
using TcmuRunner.Tcmu;

namespace TcmuRunner;

/// <summary>Composes the daemon and runs it.</summary>
/// <remarks>
/// Services are made here and handed to the container ready: after a crash every millisecond until the first device is served again counts,
/// and a container that looks for constructors takes tens of them.
/// </remarks>
internal static class Daemon
{
    // A device drains within the time-out of its commands, 30 s by default; systemd kills after 90 s.
    private static readonly TimeSpan s_shutdownTimeout = TimeSpan.FromSeconds(75);

    /// <summary>The version, as in <c>0.1.0</c>.</summary>
    internal static string Version { get; } = typeof(Daemon).Assembly.GetName().Version!.ToString(3);

    /// <summary>Serves until a signal says stop.</summary>
    /// <param name="arguments">What the command line says.</param>
    /// <returns>The exit status: 0 after a signal, 1 when the daemon could not start.</returns>
    internal static async Task<int> RunAsync(Arguments arguments)
    {
        if (!Environment.IsPrivilegedProcess)
        {
            throw new DaemonException(
                DaemonErrorKind.NotRoot,
                "Only root can serve TCMU devices: start it with sudo, or as a service with 'systemctl start tcmu-runner'.");
        }

        var problems = new List<ConfigurationProblem>();
        var options = new DaemonOptionsMonitor(
            arguments.ConfigurationFile,
            new DaemonOptionsReader(arguments.Debug, arguments.LogDirectory ?? EnvironmentLogDirectory()),
            problems);
        using var log = new DaemonLog(options, interactive: !Console.IsErrorRedirected);
        ILogger logger = log.Factory.CreateLogger(typeof(Daemon));
        logger.Starting(Version);
        ConfigurationWatcher.Report(logger, options.Path, problems);
        if (arguments.OpenFiles is { } openFiles && OpenFilesLimit.Set(openFiles) is not 0 and var errno)
        {
            logger.OpenFilesLimitRefused(openFiles, errno);
        }

        AppDomain.CurrentDomain.UnhandledException += (_, failure) =>
        {
            logger.Crashing((Exception)failure.ExceptionObject);
            log.Dispose();
        };
        TaskScheduler.UnobservedTaskException += (_, failure) => logger.UnobservedFailure(failure.Exception);
        return await ServeAsync(arguments, options, log, logger);
    }

    private static async Task<int> ServeAsync(Arguments arguments, DaemonOptionsMonitor options, DaemonLog log, ILogger logger)
    {
        var catalog = new HandlerCatalog();
        var loader = new HandlerLoader(log.Factory.CreateLogger<HandlerLoader>());
        using var lockFile = new LockFileService(arguments.LockFile);
        BusService? bus = null;
        var monitors = new UnitMonitors
        {
            Counts = options.CurrentValue.Metrics.IsWanted,
            SlowThreshold = options.CurrentValue.SlowCommandThreshold,
        };
        using IDisposable? slowChange = options.OnChange((changed, _) => monitors.SlowThreshold = changed.SlowCommandThreshold);
        var frontOptions = new TcmuFrontOptions
        {
            Monitors = monitors,
            ForceEpoll = !options.CurrentValue.UseIoUring,
            IsServedElsewhere = subtype => bus?.IsServedElsewhere(subtype) ?? false,
        };
        var tcmu = new TcmuFront(frontOptions, catalog, new AsyncFileSystem(), log.Factory, TimeProvider.System);
        bool hasTargets = File.Exists(arguments.TargetsFile);
        var module = new KernelModuleService(frontOptions.Paths.Module, isNeeded: !hasTargets, logger);
        await using var front = new TcmuFrontService(tcmu, module);
        var manager = new ServiceManagerService(tcmu, log.Factory.CreateLogger<ServiceManagerService>(), TimeProvider.System);
        using var watcher = new ConfigurationWatcher(options, log.Factory.CreateLogger<ConfigurationWatcher>(), TimeProvider.System);
        var iscsi = new IscsiFrontOptions { ForceEpoll = frontOptions.ForceEpoll };
        await using var targets = new TargetsService(arguments.TargetsFile, iscsi, catalog, log.Factory, monitors);
        bus = new BusService(
            () => new DaemonControl(catalog, tcmu, frontOptions.Paths, log, watcher, new TargetsControl(targets)),
            tcmu,
            targets,
            log.Factory.CreateLogger<BusService>());

        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        IServiceCollection services = builder.Services;

        // Silent: the host would repeat, with a stack trace, what the daemon says in one line.
        services.AddSingleton<ILoggerFactory>(NullLoggerFactory.Instance);
        services.AddSingleton<IHostLifetime>(provider => new DaemonLifetime(provider.GetRequiredService<IHostApplicationLifetime>(), log, watcher.ReloadNow));
        services.Configure<HostOptions>(static host => host.ShutdownTimeout = s_shutdownTimeout);

        // Started in this order, stopped in the reverse one.
        services.AddSingleton<IHostedService>(lockFile);
        services.AddSingleton<IHostedService>(module);
        services.AddSingleton<IHostedService>(new HandlerService(loader, arguments.HandlerPath, catalog));
        services.AddSingleton<IHostedService>(front);
        services.AddSingleton<IHostedService>(targets);
        services.AddSingleton<IHostedService>(manager);
        services.AddSingleton<IHostedService>(watcher);
        services.AddSingleton<IHostedService>(bus);
        await using MetricsService? metrics = options.CurrentValue.Metrics.IsWanted
            ? new MetricsService(
                options.CurrentValue.Metrics,
                new DaemonNumbers(monitors, () => tcmu.Devices, () => targets.Units, () => targets.Front?.Sessions ?? []),
                logger,
                TimeProvider.System)
            : null;
        if (metrics is not null)
        {
            services.AddSingleton<IHostedService>(metrics);
        }

        using IHost host = builder.Build();
        try
        {
            await host.StartAsync();
            Announce(logger, catalog.Handlers.Count, front.DeviceCount);
            await host.WaitForShutdownAsync();
        }
        catch (Exception exception) when (exception is DaemonException or TcmuException)
        {
            logger.CannotStart(exception.Message);
            await host.StopAsync();
            return 1;
        }
        catch (OperationCanceledException)
        {
            // A signal came while devices were still being adopted.
            await host.StopAsync();
        }

        logger.Stopped();
        return 0;
    }

    // Who starts the program by hand, or reads the journal, sees it too.
    private static void Announce(ILogger logger, int handlerCount, int deviceCount)
    {
        logger.Serving(handlerCount, deviceCount);
        if (Console.IsErrorRedirected)
        {
            Console.WriteLine($"tcmu-runner {Version}: {handlerCount} handlers and {deviceCount} devices found");
        }
    }

    private static string? EnvironmentLogDirectory() =>
        Environment.GetEnvironmentVariable("TCMU_LOGDIR") is { Length: > 0 } directory ? Path.GetFullPath(directory) : null;
}
