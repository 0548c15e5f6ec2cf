// SPDX-License-Identifier: Apache-2.0
using FsCheck;
using FsCheck.Fluent;

namespace TcmuRunner.Abstractions.Tests;

public sealed class ConfigurationStringTests
{
    private static readonly Arbitrary<string> s_texts =
        Gen.Elements('f', 'o', '/', '/', ';', ';', '=', ' ', '\\', ':', '.', '\n', '\0', '\u00e9', '\ud83d').ArrayOf()
            .Select(characters => new string(characters)).ToArbitrary();

    [Theory]
    [InlineData("file//srv/disk.img", "file", "/srv/disk.img", "/srv/disk.img", "")]
    [InlineData("file//srv/disk.img\n", "file", "/srv/disk.img", "/srv/disk.img", "")]
    [InlineData("file//srv/disk.img;direct;ro", "file", "/srv/disk.img;direct;ro", "/srv/disk.img", "direct|ro")]
    [InlineData("rbd/pool/image;osd_op_timeout=30;id=admin", "rbd", "pool/image;osd_op_timeout=30;id=admin", "pool/image", "osd_op_timeout=30|id=admin")]
    [InlineData("rbd/pool/image;conf=/etc/a=b.conf", "rbd", "pool/image;conf=/etc/a=b.conf", "pool/image", "conf=/etc/a=b.conf")]
    [InlineData("glfs/volume@host/dir/file", "glfs", "volume@host/dir/file", "volume@host/dir/file", "")]
    [InlineData("fbo/ro//srv/disc.iso", "fbo", "ro//srv/disc.iso", "ro//srv/disc.iso", "")]
    [InlineData("memory/", "memory", "", "", "")]
    [InlineData("memory", "memory", "", "", "")]
    [InlineData("file//a;;direct;", "file", "/a;;direct;", "/a", "direct")]
    [InlineData("file//a;empty=", "file", "/a;empty=", "/a", "empty=")]
    public void A_configuration_string_is_taken_apart(string text, string subtype, string argument, string path, string options)
    {
        ConfigurationString configuration = Parse(text);

        Assert.Equal(text.TrimEnd('\n'), configuration.Text);
        Assert.Equal(subtype, configuration.Subtype);
        Assert.Equal(argument, configuration.Argument);
        Assert.Equal(path, configuration.Path);
        Assert.Equal(options, string.Join('|', configuration.Options.Select(Show)));
    }

    [Theory]
    [InlineData(null, "does not start with a handler's subtype")]
    [InlineData("", "does not start with a handler's subtype")]
    [InlineData("\n", "does not start with a handler's subtype")]
    [InlineData("/srv/disk.img", "does not start with a handler's subtype")]
    [InlineData("file//a\n\n", "control character (code 10) at position 7")]
    [InlineData("file//a\0b", "control character (code 0) at position 7")]
    [InlineData("file//a;=1", "The option '=1' has no name")]
    [InlineData("file//a;x=1;x", "The option 'x' is given twice")]
    public void A_malformed_string_is_refused_with_the_reason(string? text, string expected)
    {
        bool parsed = ConfigurationString.TryParse(text, out ConfigurationString? configuration, out string? reason);

        Assert.False(parsed);
        Assert.Null(configuration);
        Assert.Contains(expected, reason, StringComparison.Ordinal);
    }

    [Fact]
    public void The_longest_string_is_taken_and_one_character_more_is_not()
    {
        string longest = "file/" + new string('a', ConfigurationString.MaximumLength - 5);

        Assert.Equal(longest, Parse(longest).Text);
        Assert.False(ConfigurationString.TryParse(longest + "a", out _, out string? reason));
        Assert.Contains("4097 characters", reason, StringComparison.Ordinal);
    }

    /// <summary>The C program eats both semicolons when it takes its option out of the middle, and glues the neighbours together.</summary>
    [Theory]
    [InlineData("rbd/p/img;tcmur_cmd_time_out=20;osd=1", "rbd/p/img;osd=1")]
    [InlineData("rbd/p/img;osd=1;tcmur_cmd_time_out=20;", "rbd/p/img;osd=1")]
    [InlineData("rbd/p/img;tcmur_cmd_time_out=20;", "rbd/p/img")]
    [InlineData("rbd/p/img;a=1;tcmur_cmd_time_out=20;b", "rbd/p/img;a=1;b")]
    [InlineData("rbd/p/img;a=;tcmur_cmd_time_out", "rbd/p/img;a=")]
    [InlineData("rbd/p/img;a;;b;", "rbd/p/img;a;;b;")]
    public void Taking_an_option_out_leaves_one_semicolon_between_its_neighbours(string text, string expected)
    {
        ConfigurationString rest = Parse(text).WithoutOption("tcmur_cmd_time_out");

        Assert.Equal(expected, rest.Text);
        Assert.False(rest.HasOption("tcmur_cmd_time_out"));
        AssertSame(Parse(expected), rest);
    }

    [Fact]
    public void Options_are_found_by_their_exact_name()
    {
        ConfigurationString configuration = Parse("file//a;direct;id=admin;empty=");

        Assert.True(configuration.HasOption("direct"));
        Assert.False(configuration.HasOption("Direct"));
        Assert.Null(configuration.GetOption("direct"));
        Assert.Null(configuration.GetOption("absent"));
        Assert.Equal("admin", configuration.GetOption("id"));
        Assert.Equal(string.Empty, configuration.GetOption("empty"));
    }

    [Fact]
    public void Any_text_is_either_refused_with_a_reason_or_survives_a_round_trip() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(5000), Prop.ForAll(s_texts, text =>
        {
            if (!ConfigurationString.TryParse(text, out ConfigurationString? configuration, out string? reason))
            {
                return reason.EndsWith('.');
            }

            AssertSame(configuration, Parse(configuration.ToString()));
            foreach (KeyValuePair<string, string?> option in configuration.Options)
            {
                ConfigurationString rest = configuration.WithoutOption(option.Key);
                AssertSame(rest, Parse(rest.Text));
                Assert.Equal(configuration.Options.Length - 1, rest.Options.Length);
                Assert.Equal(configuration.Path, rest.Path);
            }

            return configuration.Text == $"{configuration.Subtype}/{configuration.Argument}" || configuration.Text == configuration.Subtype;
        }));

    private static ConfigurationString Parse(string text)
    {
        Assert.True(ConfigurationString.TryParse(text, out ConfigurationString? configuration, out string? reason), reason);
        return configuration;
    }

    private static void AssertSame(ConfigurationString expected, ConfigurationString actual)
    {
        Assert.Equal(expected.Text, actual.Text);
        Assert.Equal(expected.Subtype, actual.Subtype);
        Assert.Equal(expected.Argument, actual.Argument);
        Assert.Equal(expected.Path, actual.Path);
        Assert.Equal(expected.Options, actual.Options);
    }

    private static string Show(KeyValuePair<string, string?> option) => option.Value is null ? option.Key : $"{option.Key}={option.Value}";
}
