// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Handlers.Zbc.Tests;

/// <summary>The grammar of configuration strings.</summary>
public sealed class ConfigurationTests
{
    [Theory]
    [InlineData("zbc//srv/zbc.img")]
    [InlineData("zbc/@/srv/zbc.img")]
    [InlineData("zbc/model-HM/zsize-128/conv-100@/srv/zbc.img")]
    [InlineData("zbc/model-HA/lba-4096/zsize-65536K/open-12/@/srv/zbc.img")]
    [InlineData("zbc/type-ZD_SOBR/rsize-2560/sgain-1.25/maxact-64/wpcheck-y/realms-n/dialect-d5@/srv/a@b.img")]
    [InlineData("zbc/cap-192/phys-4096/active-9/ro-1,2,3/offline-4/format@/srv/zbc.img")]
    [InlineData("zbc/import@/srv/zbc.img")]
    [InlineData("zbc/open-1/open-2@/srv/zbc.img")]
    public void What_is_right_is_taken(string text) => Assert.Equal(ConfigurationCheck.Valid, Check(text));

    [Theory]
    [InlineData("zbc", "names no image")]
    [InlineData("zbc/", "names no image")]
    [InlineData("zbc/model-HM", "names no image")]
    [InlineData("zbc/model-HM@", "not absolute")]
    [InlineData("zbc/model-HM@relative", "not absolute")]
    [InlineData("zbc//srv/", "directory")]
    [InlineData("zbc/model-XX@/a", "HM or HA")]
    [InlineData("zbc/model-HMX@/a", "HM or HA")]
    [InlineData("zbc/Model-HM@/a", "There is no option 'Model-HM'")]
    [InlineData("zbc/lba-1024@/a", "512 or 4096")]
    [InlineData("zbc/lba-@/a", "lba-")]
    [InlineData("zbc/zsize-3@/a", "power of two")]
    [InlineData("zbc/zsize-0@/a", "out of range")]
    [InlineData("zbc/zsize--1@/a", "no size")]
    [InlineData("zbc/zsize-99999999999999999999@/a", "no size")]
    [InlineData("zbc/zsize-9999999999999@/a", "out of range")]
    [InlineData("zbc/conv-x@/a", "conv-x")]
    [InlineData("zbc/open-0@/a", "open-0")]
    [InlineData("zbc/sgain-1.00@/a", "sgain-1.00")]
    [InlineData("zbc/sgain-NaN@/a", "sgain-NaN")]
    [InlineData("zbc/type-NONSENSE@/a", "ZD_SOBR")]
    [InlineData("zbc/wpcheck-maybe@/a", "y or n")]
    [InlineData("zbc/ro-1,,2@/a", "list of zones")]
    [InlineData("zbc/format/import@/a", "exclude")]
    [InlineData("zbc/formatted@/a", "formatted")]
    [InlineData("zbc/model-HM//conv-1@/a", "There is no option ''")]
    [InlineData("zbc//a;direct", ";direct")]
    public void What_is_wrong_is_named(string text, string part) => Assert.Contains(part, Check(text).Reason, StringComparison.Ordinal);

    [Fact]
    public void No_text_makes_the_check_throw()
    {
        var random = new Random(3);
        const string letters = "zbc/@-,;=.0123456789KmodelHMAsizevtyp\u00e9\u4e2d ";
        for (int attempt = 0; attempt < 20_000; attempt++)
        {
            string text = "zbc/" + string.Concat(Enumerable.Range(0, random.Next(40)).Select(_ => letters[random.Next(letters.Length)]));
            if (ConfigurationString.TryParse(text, out ConfigurationString? configuration, out _))
            {
                ConfigurationCheck check = new ZbcHandler().CheckConfiguration(configuration);
                Assert.True(check.IsValid || check.Reason!.Length > 10);
            }
        }
    }

    [Theory]
    [InlineData("zbc/zsize-1/conv-16@", "conv")]
    [InlineData("zbc/type-ZONE_DOM/zsize-1/rsize-16@", "rsize")]
    [InlineData("zbc/type-ZONE_DOM/zsize-4/rsize-6@", "rsize")]
    [InlineData("zbc/zsize-1/cap-2@", "capacity")]
    [InlineData("zbc/zsize-1/ro-99@", "zone 99")]
    [InlineData("zbc/lba-512/phys-512/lba-4096@", "phys-512")]
    public void What_does_not_fit_the_disk_is_named_when_it_is_opened(string text, string part)
    {
        using var directory = new TemporaryDirectory();

        HandlerException exception = Assert.Throws<HandlerException>(() => ZonedDisk.Open(text + directory.PathOf("a.img"), 16 << 20));

        Assert.Contains(part, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_fork_s_name_has_the_fork_s_defaults()
    {
        using ZonedDisk disk = ZonedDisk.Create("rsize-10", 40, "dhsmr");

        Assert.Equal("TCMU DH-SMR dev", System.Text.Encoding.ASCII.GetString(disk.Run("12 00 00 00FF 00", dataIn: 255).Returned[16..31]));
        Assert.Equal(0x40, disk.Run("12 01 B1 00FF 00", dataIn: 255).Returned[8]);
        Assert.Equal((4, 0xE), (disk.At(0).Type, disk.Condition(0)));
    }

    private static ConfigurationCheck Check(string text)
    {
        Assert.True(ConfigurationString.TryParse(text, out ConfigurationString? configuration, out string? reason), reason);
        return new ZbcHandler().CheckConfiguration(configuration);
    }
}
