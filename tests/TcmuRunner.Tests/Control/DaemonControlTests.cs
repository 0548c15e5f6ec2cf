// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Logging.Abstractions;
using TcmuRunner.Abstractions;
using TcmuRunner.Configuration;
using TcmuRunner.Control;
using TcmuRunner.DBus;
using TcmuRunner.DBus.Service;
using TcmuRunner.Io;
using TcmuRunner.Logging;
using TcmuRunner.Tcmu;
using TcmuRunner.TestKit.Scsi;

namespace TcmuRunner.Tests.Control;

/// <summary>What callers on the bus get from a daemon without devices; with devices it is proved against a real kernel (tests/vm).</summary>
public sealed class DaemonControlTests : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly DaemonLog _log;
    private readonly ConfigurationWatcher _watcher;
    private readonly TcmuFront _front;
    private readonly DaemonControl _control;

    public DaemonControlTests()
    {
        var options = new DaemonOptionsMonitor(_folder.Write("tcmu.conf", "log_level = 2\n"), new DaemonOptionsReader(false, _folder.Path), []);
        _log = new DaemonLog(options, interactive: false);
        _watcher = new ConfigurationWatcher(options, NullLogger<ConfigurationWatcher>.Instance, TimeProvider.System);
        var handler = new TestHandler(_ => throw new InvalidOperationException("Nothing is opened here."), "test")
        {
            Check = configuration => configuration.Path == "bad" ? ConfigurationCheck.Invalid("It is bad.") : ConfigurationCheck.Valid,
        };
        var catalog = new TestCatalog(handler);
        var paths = new TcmuPaths { ConfigFsTarget = _folder.Path };
        _front = new TcmuFront(new TcmuFrontOptions { Paths = paths }, catalog, new AsyncFileSystem(), NullLoggerFactory.Instance, TimeProvider.System);
        _control = new DaemonControl(catalog, _front, paths, _log, _watcher, targets: null);
    }

    public async ValueTask DisposeAsync()
    {
        await _front.DisposeAsync();
        _watcher.Dispose();
        _log.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Handlers_are_told_with_their_grammar() => Assert.Equal("test", Assert.Single(_control.Handlers).Subtype);

    [Theory]
    [InlineData("test/good", null)]
    [InlineData("test/bad", "It is bad.")]
    [InlineData("tes/good", "No handler for 'tes' is loaded.")]
    [InlineData("", "The configuration string '' does not start with a handler's subtype, as in 'file//srv/disk.img'.")]
    public void A_configuration_is_checked_by_its_handler(string configuration, string? reason) =>
        Assert.Equal(reason, _control.CheckConfiguration(configuration));

    [Fact]
    public void The_medium_of_a_device_that_is_not_there_is_not_changed()
    {
        BusException failure = Assert.Throws<BusException>(() => _control.ChangeMedium("test", "disk1", 4096, "test/good"));

        Assert.Equal("There is no device 'disk1' of the handler 'test'.", failure.Message);
    }

    [Fact]
    public void A_device_that_has_gone_is_not_resized()
    {
        DeviceFacts gone = Facts();

        BusException failure = Assert.Throws<BusException>(() => _control.Resize(gone, 4096));

        Assert.StartsWith("test/disk1: dev_size stays as it is and does not become '4096': ", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_log_level_holds_until_the_configuration_changes()
    {
        Assert.Equal(2, _control.LogLevel);
        _control.SetLogLevel(5);
        Assert.Equal(5, _control.LogLevel);
        _control.SetLogLevel(Facts(), 4);
        Assert.Equal(LogVerbosity.Debug, _log.LevelOf("test/disk1"));
        _control.SetLogLevel(Facts(), -1);
        Assert.Null(_log.LevelOf("test/disk1"));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(6)]
    public void A_level_that_does_not_exist_is_refused(int level)
    {
        BusException failure = Assert.Throws<BusException>(() => _control.SetLogLevel(level));

        Assert.Equal((BusErrorName.InvalidArgs, 2), (failure.ErrorName, _control.LogLevel));
    }

    [Fact]
    public async Task Reload_reads_the_configuration_and_opens_the_log_again()
    {
        await _watcher.StartAsync(CancellationToken.None);
        File.Delete(_folder.Combine("tcmu-runner.log"));
        _folder.Write("tcmu.conf", "log_level = 4\n");

        _control.Reload();

        Assert.Equal(4, _control.LogLevel);
        Assert.True(File.Exists(_folder.Combine("tcmu-runner.log")));
    }

    private static DeviceFacts Facts() => new()
    {
        ConfigFsName = "user_1/disk1",
        Name = "test/disk1",
        UioName = "uio0",
        Handler = "test",
        Configuration = "test/good",
        SizeBytes = 1 << 20,
        State = "serving",
        LastError = "",
        LogLevel = -1,
        Commands = 0,
        DataBytes = 0,
        CommandsInFlight = 0,
        RingHighWaterBytes = 0,
        RingSizeBytes = 0,
        TimeOuts = 0,
    };
}
