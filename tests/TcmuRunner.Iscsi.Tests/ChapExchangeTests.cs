// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using TcmuRunner.Iscsi.Login;

namespace TcmuRunner.Iscsi.Tests;

public sealed class ChapExchangeTests
{
    private static readonly Authentication s_both = new(new("user", "secret of the initiator"), new("target", "secret of the target"));

    [Theory]
    [InlineData("5")]
    [InlineData("6")]
    [InlineData("7")]
    public void The_right_secret_is_taken(string algorithm)
    {
        var exchange = new ChapExchange(s_both);
        TextParameters challenge = Begin(exchange, algorithm);

        Assert.Null(exchange.Step(Prove(challenge, "user", "secret of the initiator"), new TextParameters()));

        Assert.True(exchange.IsDone);
    }

    [Theory]
    [InlineData("user", "wrong")]
    [InlineData("other", "secret of the initiator")]
    [InlineData("", "")]
    public void Another_name_or_secret_is_refused(string name, string secret)
    {
        var exchange = new ChapExchange(s_both);
        TextParameters challenge = Begin(exchange, "5");

        string? failure = exchange.Step(Prove(challenge, name, secret), new TextParameters());

        Assert.NotNull(failure);
        Assert.DoesNotContain("secret of", failure, StringComparison.Ordinal);
        Assert.False(exchange.IsDone);
    }

    [Fact]
    public void We_prove_who_we_are_when_we_are_asked()
    {
        var exchange = new ChapExchange(s_both);
        TextParameters proof = Prove(Begin(exchange, "7"), "user", "secret of the initiator");
        proof.Add("CHAP_I", "200");
        proof.Add("CHAP_C", "0x0102030405060708090a0b0c0d0e0f10");
        var response = new TextParameters();

        Assert.Null(exchange.Step(proof, response));

        byte[] expected = SHA256.HashData([200, .. Encoding.UTF8.GetBytes("secret of the target"), .. Convert.FromHexString("0102030405060708090a0b0c0d0e0f10")]);
        Assert.Equal("target", response.Find("CHAP_N"));
        Assert.Equal("0x" + Convert.ToHexStringLower(expected), response.Find("CHAP_R"));
    }

    [Fact]
    public void Our_own_challenge_is_not_answered()
    {
        var exchange = new ChapExchange(s_both);
        TextParameters challenge = Begin(exchange, "7");
        TextParameters proof = Prove(challenge, "user", "secret of the initiator");
        proof.Add("CHAP_I", "1");
        proof.Add("CHAP_C", challenge.Find("CHAP_C")!);
        var response = new TextParameters();

        Assert.NotNull(exchange.Step(proof, response));

        Assert.Empty(response.Pairs);
        Assert.False(exchange.IsDone);
    }

    [Fact]
    public void Without_a_secret_of_ours_we_cannot_prove_anything()
    {
        var exchange = new ChapExchange(new Authentication(s_both.Initiator));
        TextParameters proof = Prove(Begin(exchange, "7"), "user", "secret of the initiator");
        proof.Add("CHAP_I", "1");
        proof.Add("CHAP_C", "0x00112233");

        Assert.NotNull(exchange.Step(proof, new TextParameters()));
    }

    [Fact]
    public void An_unknown_algorithm_is_refused() => Assert.NotNull(new ChapExchange(s_both).Step(Text(("CHAP_A", "99,1")), new TextParameters()));

    [Fact]
    public void Secrets_are_never_shown() => Assert.DoesNotContain("secret of", s_both.ToString(), StringComparison.Ordinal);

    private static TextParameters Begin(ChapExchange exchange, string algorithm)
    {
        var challenge = new TextParameters();
        Assert.Null(exchange.Step(Text(("CHAP_A", $"99,{algorithm}")), challenge));
        Assert.Equal(algorithm, challenge.Find("CHAP_A"));
        return challenge;
    }

    private static TextParameters Prove(TextParameters challenge, string name, string secret)
    {
        byte identifier = byte.Parse(challenge.Find("CHAP_I")!, CultureInfo.InvariantCulture);
        byte[] bytes = [identifier, .. Encoding.UTF8.GetBytes(secret), .. Convert.FromHexString(challenge.Find("CHAP_C")!.AsSpan(2))];
#pragma warning disable CA5350, CA5351 // What the protocol has.
        byte[] proof = challenge.Find("CHAP_A") switch
        {
            "5" => MD5.HashData(bytes),
            "6" => SHA1.HashData(bytes),
            _ => SHA256.HashData(bytes),
        };
#pragma warning restore CA5350, CA5351
        return Text(("CHAP_N", name), ("CHAP_R", "0x" + Convert.ToHexString(proof)));
    }

    private static TextParameters Text(params (string Key, string Value)[] pairs)
    {
        var text = new TextParameters();
        foreach ((string key, string value) in pairs)
        {
            text.Add(key, value);
        }

        return text;
    }
}
