// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Configuration;

namespace TcmuRunner.Tests.Configuration;

public sealed class DaemonOptionsReaderTests
{
    private readonly List<ConfigurationProblem> _problems = [];

    [Fact]
    public void Every_key_has_its_effect()
    {
        DaemonOptions options = Read(new DaemonOptionsReader(false, null), ("log_level", "5"), ("log_dir_path", "/a"), ("io_uring", "no"));

        Assert.Equal(
            new DaemonOptions { LogLevel = LogVerbosity.DebugScsiCommands, LogDirectory = "/a", UseIoUring = false },
            options);
        Assert.Empty(_problems);
    }

    [Fact]
    public void Debug_raises_the_default_and_the_file_still_wins()
    {
        var reader = new DaemonOptionsReader(debug: true, null);

        Assert.Equal(LogVerbosity.DebugScsiCommands, Read(reader).LogLevel);
        Assert.Equal(LogVerbosity.Error, Read(reader, ("log_level", "1")).LogLevel);
    }

    [Theory]
    [InlineData("/from-arguments", "/path", "/dir", "/from-arguments")]
    [InlineData(null, "/path", "/dir", "/path")]
    [InlineData(null, null, "/dir", "/dir")]
    [InlineData(null, null, null, "/var/log/")]
    public void The_log_folder_comes_from_the_first_that_names_one(string? arguments, string? path, string? directory, string expected)
    {
        var entries = new List<ConfigurationEntry>();
        if (directory is not null)
        {
            entries.Add(new ConfigurationEntry(1, "log_dir", directory));
        }

        if (path is not null)
        {
            entries.Insert(0, new ConfigurationEntry(2, "log_dir_path", path));
        }

        var reader = new DaemonOptionsReader(false, arguments);

        Assert.Equal(expected, reader.Read(entries, reader.Defaults, _problems).LogDirectory);
    }

    [Theory]
    [InlineData("log_level", "6", "'6' is not a log level: 0 to 5")]
    [InlineData("log_level", "-1", "'-1' is not a log level: 0 to 5")]
    [InlineData("log_level", "high", "'high' is not a log level: 0 to 5")]
    [InlineData("log_dir_path", "logs", "'logs' is not a folder: an absolute path")]
    [InlineData("log_dir_path", "/a\0b", "'/a\0b' is not a folder: an absolute path")]
    [InlineData("log_dir", "", "'' is not a folder: an absolute path")]
    [InlineData("io_uring", "perhaps", "'perhaps' is not a choice: auto, no")]
    public void A_bad_value_is_named_with_what_is_allowed_and_the_old_one_stays(string key, string value, string reason)
    {
        var previous = new DaemonOptions { LogLevel = LogVerbosity.Debug, LogDirectory = "/old", UseIoUring = false };

        DaemonOptions options = new DaemonOptionsReader(false, null).Read(
            [new ConfigurationEntry(7, key, value)], previous, _problems);

        Assert.Equal([new ConfigurationProblem(7, key, reason)], _problems);
        Assert.Equal(key == "log_level" ? LogVerbosity.Debug : LogVerbosity.Information, options.LogLevel);
        Assert.Equal(key.StartsWith("log_dir", StringComparison.Ordinal) ? "/old" : "/var/log/", options.LogDirectory);
        Assert.Equal(key != "io_uring", options.UseIoUring);
    }

    [Fact]
    public void A_key_that_is_gone_has_its_default_again()
    {
        var previous = new DaemonOptions { LogLevel = LogVerbosity.Debug, LogDirectory = "/old", UseIoUring = false };

        DaemonOptions options = new DaemonOptionsReader(false, null).Read([], previous, _problems);

        Assert.Equal(new DaemonOptions(), options);
    }

    [Fact]
    public void The_last_of_two_settings_of_a_key_is_in_force() =>
        Assert.Equal(LogVerbosity.Warning, Read(new DaemonOptionsReader(false, null), ("log_level", "4"), ("log_level", "2")).LogLevel);

    [Fact]
    public void An_unknown_key_is_named_once()
    {
        var reader = new DaemonOptionsReader(false, null);

        Read(reader, ("log_levle", "4"));
        Read(reader, ("log_levle", "4"));

        Assert.Equal([new ConfigurationProblem(1, "log_levle", "the key is unknown and has no effect")], _problems);
    }

    private DaemonOptions Read(DaemonOptionsReader reader, params (string Key, string Value)[] settings)
    {
        var entries = new List<ConfigurationEntry>();
        foreach ((string key, string value) in settings)
        {
            entries.Add(new ConfigurationEntry(entries.Count + 1, key, value));
        }

        return reader.Read(entries, reader.Defaults, _problems);
    }
}
