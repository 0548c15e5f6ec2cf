// SPDX-License-Identifier: Apache-2.0
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;

namespace TcmuRunner.Abstractions.Tests;

/// <summary>
/// Writes an assembly's public surface as text: one line per type and member, sorted. What the compiler adds to records is left out.
/// </summary>
internal static class PublicApiText
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly NullabilityInfoContext s_nullability = new();

    public static string Describe(Assembly assembly)
    {
        var text = new StringBuilder();
        foreach (Type type in assembly.GetExportedTypes().OrderBy(type => type.FullName, StringComparer.Ordinal))
        {
            text.Append(DescribeType(type)).Append('\n');
            foreach (string member in Members(type).Order(StringComparer.Ordinal))
            {
                text.Append("    ").Append(member).Append('\n');
            }
        }

        return text.ToString();
    }

    private static string DescribeType(Type type)
    {
        IEnumerable<string> bases = type.GetInterfaces()
            .Except(type.GetInterfaces().SelectMany(inherited => inherited.GetInterfaces()))
            .Select(NameOf)
            .Order(StringComparer.Ordinal);
        if (type.BaseType is { } baseType && baseType != typeof(object) && baseType != typeof(ValueType) && baseType != typeof(Enum))
        {
            bases = bases.Prepend(NameOf(baseType));
        }

        string kind = type switch
        {
            { IsEnum: true } => $"enum({NameOf(Enum.GetUnderlyingType(type))})",
            { IsInterface: true } => "interface",
            { IsValueType: true } => type.IsByRefLike ? "ref struct" : "struct",
            { IsAbstract: true, IsSealed: true } => "static class",
            { IsAbstract: true } => "abstract class",
            _ => type.IsSealed ? "sealed class" : "class",
        };
        string tail = string.Join(", ", bases);
        return $"{kind} {type.FullName}{(tail.Length == 0 || type.IsEnum ? string.Empty : " : " + tail)}";
    }

    private static IEnumerable<string> Members(Type type)
    {
        if (type.IsEnum)
        {
            return Enum.GetNames(type).Select(name => $"{name} = {Convert.ToInt64(Enum.Parse(type, name), null)}");
        }

        return type.GetFields(Declared).Where(field => IsVisible(field.IsPublic, field.IsFamily || field.IsFamilyOrAssembly)).Select(DescribeField)
            .Concat(type.GetProperties(Declared).Where(property => IsVisible(property.GetMethod ?? property.SetMethod)).Select(DescribeProperty))
            .Concat(type.GetConstructors(Declared).Where(IsVisible).Select(constructor => $"{Access(constructor)}new({Parameters(constructor)})"))
            .Concat(type.GetMethods(Declared).Where(method => IsVisible(method) && IsWritten(type, method)).Select(DescribeMethod));
    }

    private static string DescribeField(FieldInfo field) => field.IsLiteral
        ? $"const {NameOf(field.FieldType)} {field.Name} = {field.GetRawConstantValue()}"
        : $"{(field.IsStatic ? "static " : string.Empty)}{Nullable(s_nullability.Create(field))} {field.Name}";

    private static string DescribeProperty(PropertyInfo property)
    {
        bool isRequired = property.IsDefined(typeof(RequiredMemberAttribute));
        string set = property.SetMethod switch
        {
            { } setter when IsVisible(setter) =>
                setter.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit)) ? " init;" : $" {Access(setter)}set;",
            _ => string.Empty,
        };
        string get = property.GetMethod is null ? string.Empty : " get;";
        string modifiers = Modifiers(property.GetMethod ?? property.SetMethod!) + (isRequired ? "required " : string.Empty);
        return $"{modifiers}{Nullable(s_nullability.Create(property))} {property.Name} {{{get}{set} }}";
    }

    private static string DescribeMethod(MethodInfo method) =>
        $"{Modifiers(method)}{Nullable(s_nullability.Create(method.ReturnParameter))} {method.Name}({Parameters(method)})";

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(DescribeParameter));

    private static string DescribeParameter(ParameterInfo parameter)
    {
        string direction = parameter.IsOut ? "out " : parameter.ParameterType.IsByRef ? "ref " : string.Empty;
        string value = !parameter.HasDefaultValue ? string.Empty : $" = {parameter.DefaultValue ?? "default"}";
        return $"{direction}{Nullable(s_nullability.Create(parameter))} {parameter.Name}{value}";
    }

    private static string Modifiers(MethodBase method)
    {
        bool isOverride = method is MethodInfo info && info.GetBaseDefinition() != info;
        string kind = method switch
        {
            { IsStatic: true } => "static ",
            { DeclaringType.IsInterface: true } => method.IsAbstract ? string.Empty : "default ",
            _ when isOverride => "override ",
            { IsAbstract: true } => "abstract ",
            { IsVirtual: true, IsFinal: false } => "virtual ",
            _ => string.Empty,
        };
        return Access(method) + kind;
    }

    private static string Access(MethodBase method) => method.IsPublic ? string.Empty : "protected ";

    private static bool IsVisible(MethodBase? method) => method is not null && IsVisible(method.IsPublic, method.IsFamily || method.IsFamilyOrAssembly);

    private static bool IsVisible(bool isPublic, bool isProtected) => isPublic || isProtected;

    private static bool IsWritten(Type type, MethodInfo method) => !method.IsDefined(typeof(CompilerGeneratedAttribute))
        && !type.GetProperties(Declared).Any(property => property.GetMethod == method || property.SetMethod == method);

    private static string Nullable(NullabilityInfo info)
    {
        bool isNullableReference = info.ReadState == NullabilityState.Nullable && System.Nullable.GetUnderlyingType(info.Type) is null;
        return NameOf(info.Type) + (isNullableReference ? "?" : string.Empty);
    }

    private static string NameOf(Type type)
    {
        if (type.IsByRef || type.IsPointer)
        {
            return NameOf(type.GetElementType()!) + (type.IsPointer ? "*" : string.Empty);
        }

        if (System.Nullable.GetUnderlyingType(type) is { } underlying)
        {
            return NameOf(underlying) + "?";
        }

        return type.IsGenericType
            ? $"{type.Name[..type.Name.IndexOf('`', StringComparison.Ordinal)]}<{string.Join(", ", type.GetGenericArguments().Select(NameOf))}>"
            : type.Name;
    }
}
