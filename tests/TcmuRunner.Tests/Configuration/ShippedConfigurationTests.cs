// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Configuration;

namespace TcmuRunner.Tests.Configuration;

/// <summary>packaging/tcmu.conf against the options that it explains.</summary>
public sealed class ShippedConfigurationTests
{
    private static readonly string s_text = File.ReadAllText(Path.Combine(RepositoryFolder(), "packaging", "tcmu.conf"));

    [Fact]
    public void As_shipped_it_sets_nothing()
    {
        Assert.Empty(Parse(s_text));
    }

    [Fact]
    public void With_every_setting_in_force_it_says_the_defaults()
    {
        var problems = new List<ConfigurationProblem>();
        List<ConfigurationEntry> entries = Parse(string.Join('\n', s_text.Split('\n').Select(Uncomment)));

        DaemonOptions options = new DaemonOptionsReader(false, null).Read(entries, new DaemonOptions(), problems);

        Assert.Empty(problems);
        Assert.Equal(["log_level", "log_dir_path", "io_uring", "metrics_listen", "otlp_endpoint", "slow_command_ms"], entries.Select(entry => entry.Key));
        Assert.Equal(new DaemonOptions(), options);
    }

    // Explanations have a space after the number sign, settings none.
    private static string Uncomment(string line) => line.Length > 1 && line[0] == '#' && line[1] != ' ' ? line[1..] : line;

    private static List<ConfigurationEntry> Parse(string text)
    {
        var entries = new List<ConfigurationEntry>();
        var problems = new List<ConfigurationProblem>();
        ConfigurationText.Parse(text, entries, problems);
        Assert.Empty(problems);
        return entries;
    }

    private static string RepositoryFolder()
    {
        string folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "TcmuRunner.sln")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new DirectoryNotFoundException("The tests do not run inside the repository.");
        }

        return folder;
    }
}
