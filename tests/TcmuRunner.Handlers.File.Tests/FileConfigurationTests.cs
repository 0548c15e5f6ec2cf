// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Handlers.File.Tests;

public sealed class FileConfigurationTests
{
    [Theory]
    [InlineData("file//srv/disk.img", "/srv/disk.img", false, false, false)]
    [InlineData("file//dev/sdb;direct", "/dev/sdb", true, false, false)]
    [InlineData("file//srv/disk.img;ro", "/srv/disk.img", false, true, false)]
    [InlineData("file//srv/a disk.img;create;direct", "/srv/a disk.img", true, false, true)]
    [InlineData("file//srv/\u00fcber=1,2.img;;ro;", "/srv/\u00fcber=1,2.img", false, true, false)]
    public void A_configuration_is_understood(string text, string path, bool isDirect, bool isReadOnly, bool mayRecreate)
    {
        bool parsed = FileConfiguration.TryParse(Requests.Parse(text), out FileConfiguration? configuration, out string? reason);

        Assert.True(parsed, reason);
        Assert.Equal(
            new FileConfiguration { Path = path, IsDirect = isDirect, IsReadOnly = isReadOnly, MayRecreate = mayRecreate }, configuration);
        Assert.True(new FileHandler().CheckConfiguration(Requests.Parse(text)).IsValid);
    }

    [Theory]
    [InlineData("file", "The path of the backing file is missing")]
    [InlineData("file/", "The path of the backing file is missing")]
    [InlineData("file/;direct", "The path of the backing file is missing")]
    [InlineData("file/srv/disk.img", "The path 'srv/disk.img' is not absolute; write 'file//srv/disk.img'")]
    [InlineData("file//srv/", "The path '/srv/' names a directory")]
    [InlineData("file//", "The path '/' names a directory")]
    [InlineData("file//a;sync", "The file handler has no option 'sync'")]
    [InlineData("file//a;RO", "The file handler has no option 'RO'")]
    [InlineData("file//a;direct=1", "The option 'direct' of the file handler takes no value")]
    [InlineData("file//a;ro=", "The option 'ro' of the file handler takes no value")]
    [InlineData("file//a;ro;create", "The options 'ro' and 'create' exclude each other")]
    public void A_wrong_configuration_is_refused_with_the_reason(string text, string expected)
    {
        ConfigurationCheck check = new FileHandler().CheckConfiguration(Requests.Parse(text));

        Assert.False(check.IsValid);
        Assert.StartsWith(expected, check.Reason, StringComparison.Ordinal);
        Assert.EndsWith(".", check.Reason, StringComparison.Ordinal);
    }

    /// <summary>A path may have PATH_MAX - 1 bytes, however many characters that are.</summary>
    [Theory]
    [InlineData('a', 4089, true)]
    [InlineData('\u00e9', 2047, true)]
    [InlineData('\u00e9', 2048, false)]
    public void The_length_of_a_path_is_counted_in_bytes(char character, int count, bool isValid)
    {
        ConfigurationCheck check = new FileHandler().CheckConfiguration(Requests.Parse("file//" + new string(character, count)));

        Assert.Equal(isValid, check.IsValid);
    }

    [Fact]
    public void The_check_tells_nothing_of_the_file_system()
    {
        var handler = new FileHandler();

        Assert.Equal(
            handler.CheckConfiguration(Requests.Parse("file//etc/shadow")),
            handler.CheckConfiguration(Requests.Parse("file//no/such/directory/disk.img")));
    }
}
